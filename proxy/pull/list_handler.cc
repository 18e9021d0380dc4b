#include "proxy/pull/list_handler.h"

#include <algorithm>
#include <utility>

#include "proxy/oci/link_header.h"
#include "proxy/oci/media_type.h"
#include "proxy/oci/percent.h"
#include "proxy/oci/referrers.h"
#include "proxy/oci/tags_page.h"

namespace longshore {
namespace {

bool IsAnswer(Code code) {
  return code == Code::kNotFound || code == Code::kDenied;
}

// The parameters that go upstream: all but our own `ns`.
std::string UpstreamQuery(const QueryPairs& query) {
  QueryPairs kept;
  std::copy_if(query.begin(), query.end(), std::back_inserter(kept),
               [](const auto& pair) { return pair.first != "ns"; });
  const std::string text = FormatQuery(kept);
  return text.empty() ? "" : "?" + text;
}

// A link to the next page, as seen by our client: same path as it asked for, its `ns` kept.
void AddNextLink(Response& response, const PullRequest& request, const std::string& path,
                 QueryPairs query) {
  std::erase_if(query, [](const auto& pair) { return pair.first == "ns"; });
  if (request.route.ns) query.emplace_back("ns", *request.route.ns);
  response.fields.Add("Link", MakeLink(path, query));
}

void CopyNextLink(Response& response, const PullRequest& request, const std::string& path,
                  const Fields& upstream) {
  std::string links;
  for (const std::string& link : upstream.All("Link")) links += (links.empty() ? "" : ", ") + link;
  if (auto next = NextPageQuery(links)) AddNextLink(response, request, path, std::move(*next));
}

// The answer with `body`, which may be megabytes that a slow client takes its time to read.
void RespondList(const PullRequest& request, Response response, std::string body,
                 FairAllowance& memory) {
  auto share = memory.TryTake(request.exchange->record().network, body.size());
  if (!share) {
    RespondError(request, Overloaded("too many long lists are being sent").value());
    return;
  }
  struct Held {
    FairAllowance::Share memory;
    const std::string body;
  };
  auto held = std::make_shared<const Held>(Held{std::move(*share), std::move(body)});
  response.shared_body = std::shared_ptr<const std::string>(held, &held->body);
  request.exchange->Respond(std::move(response));
}

std::string TagsPath(const std::string& name) {
  return "/v2/" + name + "/tags/list";
}

}  // namespace

void ListHandler::Fetch(ListRequest ask, UniqueFunction<void(Answer)> done) {
  const std::string key = ListFetches::Key(ask);
  services_.lists.At(
      key, [this, ask = std::move(ask), done = std::move(done)](ListFetches& fetches) mutable {
        fetches.Fetch(ask, services_.executor, std::move(done));
      });
}

void ListHandler::HandleTags(const PullRequest& request) {
  if (auto size = ParsePageSize(request.route.n); !size) {
    RespondError(request, size.error());
    return;
  }
  ListRequest ask;
  ask.repository = request.repository;
  ask.path =
      PercentEncodePath(TagsPath(request.repository.name)) + UpstreamQuery(request.route.query);
  ask.kind = "tags";
  Fetch(std::move(ask), [this, request](const Answer& answer) { OnTags(request, answer); });
}

void ListHandler::OnTags(const PullRequest& request, const Answer& answer) {
  if (!answer.value) {
    const Error& error = answer.value.error();
    if (IsAnswer(error.code)) {
      RespondError(request, error);
    } else {
      ServeSeenTags(request, error);
    }
    return;
  }
  auto page = ParseTagsPage((*answer.value)->body);
  if (!page) {
    RespondError(request, page.error());
    return;
  }
  page->name = request.route.name;
  Response response = NewResponse(200, request.route.ns);
  response.fields.Add("Content-Type", "application/json");
  CopyNextLink(response, request, TagsPath(request.route.name), (*answer.value)->head.fields);
  SetVerdict(request, response, Verdict::kPass);
  RespondList(request, std::move(response), FormatTagsPage(*page), services_.admission.memory);
}

void ListHandler::ServeSeenTags(const PullRequest& request, const Error& error) {
  services_.cache.ListTags(
      request.repository, services_.executor,
      [this, request, error](const Result<std::vector<std::string>>& seen) {
        if (!seen || seen->empty()) {
          RespondError(request, error);
          return;
        }
        const auto size = ParsePageSize(request.route.n).value_or(std::nullopt);
        const TagsSlice slice = SliceTags(*seen, size, request.route.last.value_or(""));
        Response response = NewResponse(200, request.route.ns);
        response.fields.Add("Content-Type", "application/json");
        if (slice.more && !slice.tags.empty()) {
          AddNextLink(response, request, TagsPath(request.route.name),
                      {{"n", *request.route.n}, {"last", slice.tags.back()}});
        }
        SetVerdict(request, response, Verdict::kStale);
        RespondList(request, std::move(response), FormatTagsPage({request.route.name, slice.tags}),
                    services_.admission.memory);
      });
}

void ListHandler::HandleReferrers(const PullRequest& request) {
  ListRequest ask;
  ask.repository = request.repository;
  ask.path = "/v2/" + PercentEncodePath(request.repository.name) + "/referrers/" +
             request.route.digest->ToString() + UpstreamQuery(request.route.query);
  ask.accept = std::string(kOciIndexType);
  ask.kind = "referrers";
  Fetch(std::move(ask), [this, request](const Answer& answer) { OnReferrers(request, answer); });
}

void ListHandler::OnReferrers(const PullRequest& request, const Answer& answer) {
  if (answer.value) {
    ServeReferrers(request, (*answer.value)->body, &(*answer.value)->head.fields);
    return;
  }
  // 404 is how a registry without the endpoint says so; some say 400 or 405.
  const Code code = answer.value.error().code;
  if (code == Code::kNotFound || code == Code::kBadUpstream) {
    FetchReferrersTag(request);
    return;
  }
  RespondError(request, answer.value.error());
}

void ListHandler::FetchReferrersTag(const PullRequest& request) {
  const Digest& digest = *request.route.digest;
  ListRequest ask;
  ask.repository = request.repository;
  ask.path = "/v2/" + PercentEncodePath(request.repository.name) + "/manifests/" +
             std::string(digest.AlgorithmName()) + "-" + digest.Hex();
  ask.accept = std::string(kOciIndexType);
  ask.kind = "referrers";
  Fetch(std::move(ask), [this, request](const Answer& answer) {
    if (answer.value && CheckReferrers((*answer.value)->body)) {
      ServeReferrers(request, (*answer.value)->body, nullptr);
    } else if (answer.value || answer.value.error().code == Code::kNotFound) {
      ServeReferrers(request, kEmptyIndex, nullptr);
    } else {
      RespondError(request, answer.value.error());
    }
  });
}

void ListHandler::ServeReferrers(const PullRequest& request, std::string_view index,
                                 const Fields* upstream_fields) {
  const std::string type = request.route.artifact_type.value_or("");
  auto filtered = FilterReferrers(index, type);
  if (!filtered) {
    RespondError(request, filtered.error());
    return;
  }
  Response response = NewResponse(200, request.route.ns);
  response.fields.Add("Content-Type", std::string(kOciIndexType));
  if (!type.empty()) response.fields.Add("OCI-Filters-Applied", "artifactType");
  if (upstream_fields != nullptr) {
    const std::string path =
        "/v2/" + request.route.name + "/referrers/" + request.route.digest->ToString();
    CopyNextLink(response, request, path, *upstream_fields);
  }
  SetVerdict(request, response, Verdict::kPass);
  RespondList(request, std::move(response), std::move(*filtered), services_.admission.memory);
}

}  // namespace longshore
