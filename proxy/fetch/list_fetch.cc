#include "proxy/fetch/list_fetch.h"

#include <utility>

#include "proxy/oci/tags_page.h"

namespace longshore {

void ListFetches::Fetch(const ListRequest& request, Executor& executor, Callback done) {
  const std::string key = Key(request);
  if (!flights_.Join(key, executor, std::move(done))) return;
  UpstreamRequest upstream;
  upstream.path = request.path;
  upstream.repository = request.repository.name;
  upstream.kind = request.kind;
  if (!request.accept.empty()) upstream.fields.Add("Accept", request.accept);
  calls_.Start(upstreams_.Get(request.repository.upstream), std::move(upstream), kMaxTagsPageBytes,
               [this, key](Result<CollectedResponse> answer) {
                 if (!answer) {
                   flights_.Complete(key, tl::unexpected(answer.error()));
                   return;
                 }
                 flights_.Complete(key,
                                   std::make_shared<const CollectedResponse>(std::move(*answer)));
               });
}

}  // namespace longshore
