#pragma once

#include "proxy/admin/admin_answer.h"
#include "proxy/admin/reload_report.h"

namespace longshore {

// What the admin API says about a reload: 200 with `changed` and `need_restart`; 400 with all that
// is wrong with the file; 409 where there is no file; 503 while the process stops.
AdminAnswer ReloadAnswer(const ReloadReport& report);

}  // namespace longshore
