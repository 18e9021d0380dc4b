// The table of the admin API, and its description.
#include <nlohmann/json.hpp>

#include "proxy/admin/admin_api.h"
#include "proxy/admin/admin_schemas.h"
#include "proxy/version.h"

namespace longshore {
namespace {

using Json = nlohmann::json;
using Parameter = AdminApi::Parameter;
using Kind = Parameter::Kind;

constexpr Parameter kRef{"ref", "an image: docker.io/library/debian:12, debian, NAME@DIGEST",
                         Kind::kText, 0, true};
constexpr std::string_view kRoot = "/api/v1/";

Json SchemaOf(const Parameter& parameter) {
  switch (parameter.kind) {
    case Kind::kText:
      break;
    case Kind::kFlag:
      return {{"type", "boolean"}};
    case Kind::kCount:
      return {{"type", "integer"}, {"minimum", 1}, {"maximum", parameter.most}};
  }
  return {{"type", "string"}};
}

Json ParameterJson(const Parameter& parameter) {
  return {{"name", parameter.name},
          {"in", "query"},
          {"required", parameter.required},
          {"description", parameter.meaning},
          {"schema", SchemaOf(parameter)}};
}

Json OperationJson(const AdminApi::Endpoint& endpoint) {
  Json parameters = Json::array();
  for (const Parameter& parameter : endpoint.parameters) {
    parameters.push_back(ParameterJson(parameter));
  }
  if (endpoint.method == "POST") {
    parameters.push_back({{"name", "X-Longshore-Request"},
                          {"in", "header"},
                          {"required", false},
                          {"description", "any value; needed unless the status page itself asks"},
                          {"schema", {{"type", "string"}}}});
  }
  const auto content = [](std::string_view schema) {
    return Json{{"application/json",
                 {{"schema", {{"$ref", "#/components/schemas/" + std::string(schema)}}}}}};
  };
  return {{"operationId", endpoint.path.substr(kRoot.size())},
          {"summary", endpoint.summary},
          {"parameters", parameters},
          {"responses",
           {{"200", {{"description", "done"}, {"content", content(endpoint.answer)}}},
            {"default", {{"description", "not done"}, {"content", content("Error")}}}}}};
}

}  // namespace

const std::vector<AdminApi::Endpoint>& AdminApi::Endpoints() {
  static const std::vector<Endpoint> endpoints = {
      {"GET",
       "/api/v1/why",
       "what would happen to a pull of this image, and why",
       {kRef,
        {"host", "the Host header of the pull"},
        {"platform", "of an index: linux/amd64; all of them if it is left out"}},
       "Why",
       &AdminApi::Why},
      {"GET", "/api/v1/stats", "storage, traffic and connections", {}, "Stats", &AdminApi::Stats},
      {"GET",
       "/api/v1/ls",
       "the tags that are known here, a page at a time",
       {{"pattern", "of upstream/repository:tag, with * and ?"},
        {"from", "the page's `next` before this one"},
        {"limit", "rows of a page; 100 if it is left out", Kind::kCount, kMostRows},
        {"pinned", "true: only what is pinned", Kind::kFlag}},
       "Images",
       &AdminApi::List},
      {"GET", "/api/v1/pins", "what is pinned", {}, "Pins", &AdminApi::Pins},
      {"GET",
       "/api/v1/fills",
       "what is being fetched now, and how far it is",
       {},
       "Fills",
       &AdminApi::Fills},
      {"GET",
       "/api/v1/tasks",
       "work that was asked for: warm and verify",
       {{"id", "of one task, with its progress", Kind::kCount, kMostTaskId}},
       "TaskOrTasks",
       &AdminApi::Tasks},
      {"GET", "/api/v1/openapi.json", "this description", {}, "OpenApi", &AdminApi::Describe},
      {"POST",
       "/api/v1/purge",
       "remove an image and what only it names, every image a pattern matches, or one digest",
       {{"ref", "an image, or a bare digest"},
        {"pattern", "of upstream/repository:tag, with * and ?; 1000 tags at most, then `more`"},
        {"force", "true: pinned ones, too", Kind::kFlag},
        {"dry_run", "true: only tell what would go", Kind::kFlag}},
       "Purged",
       &AdminApi::Purge},
      {"POST", "/api/v1/pin", "never evict this image", {kRef}, "Pinned", &AdminApi::Pin},
      {"POST", "/api/v1/unpin", "let it be evicted again", {kRef}, "Pinned", &AdminApi::Unpin},
      {"POST",
       "/api/v1/warm",
       "fetch an image before clients ask; answers with a task",
       {kRef, {"platform", "linux/amd64, or all; the server's own architecture if it is left out"}},
       "Task",
       &AdminApi::Warm},
      {"POST",
       "/api/v1/verify",
       "hash stored blobs anew; answers with a task",
       {{"digest", "one blob; all of them if it is left out"}},
       "Task",
       &AdminApi::Verify},
      {"POST",
       "/api/v1/drain",
       "turn /readyz off, so that load balancers send no more; what comes is still served",
       {{"undo", "true: turn it on again", Kind::kFlag}},
       "Drained",
       &AdminApi::Drain},
      {"POST",
       "/api/v1/reload",
       "read the configuration again, as SIGHUP does: `changed` is in force, `need_restart` is "
       "not; a "
       "file with an error changes nothing",
       {},
       "Reloaded",
       &AdminApi::Reload},
  };
  return endpoints;
}

std::string DescribeAdminApi() {
  Json paths = Json::object();
  for (const AdminApi::Endpoint& endpoint : AdminApi::Endpoints()) {
    const std::string method = endpoint.method == "POST" ? "post" : "get";
    paths[std::string(endpoint.path)][method] = OperationJson(endpoint);
  }
  const Json document = {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Longshore admin API"}, {"version", kVersion}}},
      {"paths", paths},
      {"security", Json::array({Json::object(), {{"token", Json::array()}}})},
      {"components",
       {{"schemas", Json::parse(AdminSchemas())},
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return document.dump(2);
}

}  // namespace longshore
