#include "proxy/upstream/endpoints.h"

#include <algorithm>

#include "proxy/upstream/url.h"

namespace longshore {
namespace {

// Where the window is not said: Docker Hub's.
constexpr Duration kDefaultWindow = std::chrono::hours(6);

}  // namespace

Endpoints::Endpoints(const std::vector<Credentials>& urls, EndpointPolicy policy,
                     const Clock& clock)
    : clock_(clock),
      allow_private_redirects_(policy.allow_private_redirects),
      not_found_(policy.not_found_ttl, clock),
      targets_(clock) {
  for (const Credentials& credentials : urls) {
    const auto index = static_cast<int>(endpoints_.size());
    endpoints_.push_back(std::make_unique<Endpoint>(index, credentials, clock));
  }
}

void Endpoints::Apply(const std::vector<Credentials>& urls, EndpointPolicy policy) {
  allow_private_redirects_.store(policy.allow_private_redirects);
  not_found_.SetTtl(policy.not_found_ttl);
  bool changed = false;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    changed = endpoints_[i]->SetCredentials(urls.at(i)) || changed;
  }
  MutexLock lock(mutex_);
  if (changed) limit_.reset();
}

std::optional<Endpoints::Choice> Endpoints::Choose(Set tried) const {
  for (const auto& endpoint : endpoints_) {
    if (tried.test(static_cast<size_t>(endpoint->index()))) continue;
    if (auto permit = endpoint->health().TryEnter()) return Choice{*endpoint, std::move(*permit)};
  }
  return std::nullopt;
}

Duration Endpoints::OpensIn() const {
  Duration least = Duration::max();
  for (const auto& endpoint : endpoints_) least = std::min(least, endpoint->health().OpensIn());
  return least;
}

bool Endpoints::IsOwn(const std::string& url) const {
  const auto asked = OriginOf(url);
  return asked && std::any_of(endpoints_.begin(), endpoints_.end(), [&asked](const auto& endpoint) {
           const auto own = OriginOf(endpoint->url());
           return own && *own == *asked;
         });
}

bool Endpoints::IsUp() const {
  return std::any_of(endpoints_.begin(), endpoints_.end(),
                     [](const auto& endpoint) { return endpoint->health().breaker().IsHealthy(); });
}

bool Endpoints::IsOpen() const {
  return std::none_of(endpoints_.begin(), endpoints_.end(),
                      [](const auto& endpoint) { return endpoint->health().breaker().IsClosed(); });
}

std::string Endpoints::NotFoundKey(const UpstreamRequest& request) const {
  return request.path + '\n' + std::string(request.fields.Get("Accept").value_or("")) + '\n' +
         first().tokens().credentials().username;
}

void Endpoints::OnRateLimit(const RateLimitField& limit, int64_t remaining) {
  const Duration window = limit.window > Duration{0} ? limit.window : kDefaultWindow;
  const TimePoint end = clock_.Now() + window;
  MutexLock lock(mutex_);
  limit_ends_ = end;
  limit_.reset();
  if (limit.count > 0) limit_ = RateLimit{limit.count, remaining};
}

std::optional<Endpoints::RateLimit> Endpoints::Limit() const {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  return now < limit_ends_ ? limit_ : std::nullopt;
}

std::optional<double> Endpoints::LimitLeft() const {
  const auto limit = Limit();
  if (!limit) return std::nullopt;
  return std::min(1.0, static_cast<double>(limit->left) / static_cast<double>(limit->count));
}

}  // namespace longshore
