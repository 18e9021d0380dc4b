#pragma once

#include <string>
#include <vector>

#include "proxy/admin/admin_services.h"
#include "proxy/http/exchange.h"
#include "proxy/oci/percent.h"
#include "proxy/page/status_view.h"

namespace longshore {

// Answers with the status page: what is filling is asked of the loops, the rest is looked up and
// rendered in the pool. `query`: q (search), said (what an action did). On the admin listener's
// loop.
void RespondStatusPage(const AdminServices& services, const ExchangePtr& exchange,
                       const QueryPairs& query);

// What the page shows. Blocks: pool only.
StatusView MakeStatusView(const AdminServices& services, const std::vector<FillProgress>& fills,
                          const QueryPairs& query);

}  // namespace longshore
