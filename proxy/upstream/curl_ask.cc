#include "proxy/upstream/curl_ask.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace longshore {
namespace {

// Who does not take a connection by then is not there, however long the answer may take.
constexpr Duration kMostConnect{5'000};

struct Body {
  std::string& text;
  const size_t most;
};

size_t Append(char* data, size_t size, size_t count, void* user) {
  auto& body = *static_cast<Body*>(user);
  if (body.text.size() + size * count > body.most) return 0;
  body.text.append(data, size * count);
  return size * count;
}

}  // namespace

Result<CurlAnswer> CurlAsk(const CurlQuestion& question) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  if (!curl) return Fail(Code::kInternal, "libcurl cannot be used");
  curl_slist* list = nullptr;
  for (const std::string& header : question.headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner(list,
                                                                          &curl_slist_free_all);
  CurlAnswer answer;
  Body body{answer.body, question.most_bytes};
  const Duration connect = std::min(question.patience, kMostConnect);
  curl_easy_setopt(curl.get(), CURLOPT_URL, question.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, question.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(question.patience.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OPERATION_TIMEDOUT) return Fail(Code::kTimeout, "no answer in time");
  if (code == CURLE_WRITE_ERROR) {
    return Fail(Code::kTooLarge,
                "the answer has more than " + std::to_string(question.most_bytes >> 20) + " MiB");
  }
  if (code != CURLE_OK) return Fail(Code::kUnavailable, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace longshore
