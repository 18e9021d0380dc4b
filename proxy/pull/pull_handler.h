#pragma once

#include "proxy/config/upstream_table.h"
#include "proxy/http/exchange.h"
#include "proxy/pull/blob_handler.h"
#include "proxy/pull/list_handler.h"
#include "proxy/pull/manifest_handler.h"

namespace longshore {

// The registry API of one loop: routes each request, finds its repository, hands it to the handler
// of its kind. Lives on that loop. The ping is answered at once and never depends on anything.
class PullHandler final : public HttpHandler {
 public:
  PullHandler(PullServices services, const UpstreamTable& upstreams);

  void Handle(const ExchangePtr& exchange) override;
  void SetFreshness(const Freshness& freshness) { services_.freshness = freshness; }

 private:
  void Ping(Exchange& exchange, const Route& route);

  PullServices services_;
  const UpstreamTable& upstreams_;
  ManifestHandler manifests_;
  BlobHandler blobs_;
  ListHandler lists_;
};

}  // namespace longshore
