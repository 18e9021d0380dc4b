#include "proxy/admin/admin_query.h"

#include <algorithm>

#include "proxy/config/config_values.h"

namespace longshore {
namespace {

using Kind = AdminApi::Parameter::Kind;

std::string Allowed(const AdminApi::Endpoint& endpoint) {
  std::string names;
  for (const AdminApi::Parameter& parameter : endpoint.parameters) {
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
  }
  return names.empty() ? "it takes none" : "it takes " + names;
}

Status CheckValue(const AdminApi::Parameter& parameter, const std::string& value) {
  if (parameter.kind == Kind::kFlag && value != "true" && value != "false") {
    return Fail(Code::kInvalid, std::string(parameter.name) + ": must be true or false");
  }
  if (parameter.kind == Kind::kCount) {
    const auto count = ParseCount(value, 1, parameter.most);
    if (!count) {
      return Fail(Code::kInvalid, std::string(parameter.name) + ": " + count.error().message);
    }
  }
  return {};
}

}  // namespace

Status CheckQuery(const AdminApi::Endpoint& endpoint, const QueryPairs& query) {
  for (const auto& [key, value] : query) {
    const auto parameter = std::find_if(endpoint.parameters.begin(), endpoint.parameters.end(),
                                        [&key = key](const auto& one) { return one.name == key; });
    if (parameter == endpoint.parameters.end()) {
      return Fail(Code::kInvalid, "there is no parameter " + key + ": " + Allowed(endpoint));
    }
    const auto same = [&key = key](const auto& pair) { return pair.first == key; };
    if (std::count_if(query.begin(), query.end(), same) > 1) {
      return Fail(Code::kInvalid, "the parameter " + key + " comes more than once");
    }
    if (auto fits = CheckValue(*parameter, value); !fits) return fits;
  }
  for (const AdminApi::Parameter& parameter : endpoint.parameters) {
    if (parameter.required && Param(query, parameter.name).empty()) {
      return Fail(Code::kInvalid, "the parameter " + std::string(parameter.name) +
                                      " is missing: " + std::string(parameter.meaning));
    }
  }
  return {};
}

std::string Param(const QueryPairs& query, std::string_view key) {
  return FindQuery(query, key).value_or("");
}

bool IsTrue(const QueryPairs& query, std::string_view key) {
  return Param(query, key) == "true";
}

}  // namespace longshore
