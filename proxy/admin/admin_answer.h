#pragma once

#include <string>
#include <string_view>

#include "cache/base/result.h"
#include "cache/base/thread_pool.h"
#include "cache/base/unique_function.h"
#include "proxy/http/exchange.h"

namespace longshore {

// What the admin API answers: JSON, or an error as {"error":{"code","message"}} whose message says
// what to do next.
struct AdminAnswer {
  int status = 200;
  std::string body;  // a JSON text
};

AdminAnswer AdminError(int status, std::string_view code, std::string_view message);
// 400 kInvalid, 404 kNotFound, 409 kDenied, 507 kNoSpace, 429 kTooLarge, 503 what passes, 500.
AdminAnswer AdminError(const Error& error);

// On the exchange's loop. A browser that sent a form gets 303 to the status page instead, which
// shows what the answer says.
void Respond(Exchange& exchange, AdminAnswer answer);
// Runs `work` in the pool, then responds on the exchange's loop.
void RespondFromPool(ThreadPool& pool, const ExchangePtr& exchange,
                     UniqueFunction<AdminAnswer()> work);

}  // namespace longshore
