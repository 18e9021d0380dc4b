#include "proxy/page/status_page.h"

#include <algorithm>

#include "proxy/page/chart.h"
#include "proxy/page/html.h"
#include "proxy/page/human.h"
#include "proxy/page/status_style.h"

namespace longshore {
namespace {

constexpr double kStorageMark = 0.85;
constexpr size_t kShownDigest = 19;  // "sha256:" and twelve digits

std::string E(std::string_view text) {
  return EscapeHtml(text);
}

// For a URL inside an attribute: RFC 3986 §2.3, so that nothing is left to escape.
std::string UrlEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    out += plain ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::string Section(const std::string& id, const std::string& css_class, const std::string& title,
                    const std::string& body) {
  return "<section id=\"" + id + "\" class=\"" + css_class + "\" data-live aria-labelledby=\"" +
         id + "-h\"><h2 id=\"" + id + "-h\">" + title + "</h2>" + body + "</section>\n";
}

std::string Soft(const std::string& text) {
  return "<p class=\"soft\">" + text + "</p>";
}

std::string Digest(const std::string& digest) {
  return "<code title=\"" + E(digest) + "\">" + E(digest.substr(0, kShownDigest)) + "</code>";
}

std::string Table(const std::string& head, const std::string& rows) {
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div>";
}

std::string Th(const char* text, bool number = false) {
  return std::string("<th scope=\"col\"") + (number ? " class=\"n\">" : ">") + text + "</th>";
}

std::string Number(const std::string& text) {
  return "<td class=\"n\">" + E(text) + "</td>";
}

std::string Name(const std::string& html) {
  return "<td class=\"name\">" + html + "</td>";
}

// A button that works without a script: its form posts nothing but its own address.
std::string Button(const char* action, const std::string& ref, const std::string& word,
                   bool is_dangerous) {
  const std::string ask = is_dangerous ? " data-ask=\"" + E(word + " " + ref + "?") + "\"" : "";
  return std::string("<form method=\"post\" action=\"/api/v1/") + action +
         "?ref=" + UrlEncode(ref) + "\"" + ask + "><button" +
         (is_dangerous ? " class=\"danger\"" : "") + " aria-label=\"" + E(word + " " + ref) +
         "\">" + E(word) + "</button></form>";
}

std::string Key(const char* css_class, const std::string& text) {
  return std::string("<span><i class=\"") + css_class + "\"></i>" + E(text) + "</span>";
}

std::string Header(const StatusView& view) {
  const bool healthy = view.ready && view.problems.empty();
  const std::string state = !view.ready ? (view.drained ? "drained" : "not ready")
                            : healthy   ? "healthy"
                                        : "needs a look";
  return "<header id=\"top\" data-live><h1>Longshore</h1><span class=\"pill " +
         std::string(healthy ? "good" : "bad") + "\" role=\"status\">" + state +
         "</span><span>region <strong>" + E(view.region) + "</strong></span><span class=\"soft\">" +
         std::to_string(view.connections) + " client connection" +
         (view.connections == 1 ? "" : "s") + "</span><span class=\"soft\">" + E(view.version) +
         "</span></header>\n";
}

std::string Notices(const StatusView& view) {
  std::string html;
  if (!view.said.empty()) {
    html +=
        "<section class=\"wide notice\" role=\"status\"><p>" + E(view.said) + "</p></section>\n";
  }
  std::string items;
  for (const std::string& problem : view.problems) items += "<li>" + E(problem) + "</li>";
  const std::string box = items.empty() ? " hidden" : "";
  return html + "<section id=\"problems\" class=\"wide problems\" data-live" + box +
         " aria-label=\"Problems\"><ul>" + items + "</ul></section>\n";
}

std::string HitRatio(const StatusView& view) {
  ChartSeries ratio{"hit ratio", "one", {}};
  uint64_t hits = 0;
  uint64_t asked = 0;
  for (const StatusView::Minute& minute : view.minutes) {
    const uint64_t whole = minute.hits + minute.misses;
    hits += minute.hits;
    asked += whole;
    ratio.values.push_back(
        whole == 0 ? -1 : static_cast<double>(minute.hits) / static_cast<double>(whole));
  }
  const std::string label = "Hit ratio over the last hour: " + HumanRatio(hits, asked) + " of " +
                            std::to_string(asked) + " requests";
  return Section("ratio", "", "Hit ratio, last hour",
                 "<div class=\"big\">" + HumanRatio(hits, asked) + "</div><div class=\"soft\">" +
                     std::to_string(hits) + " of " + std::to_string(asked) +
                     " manifests and blobs</div>" + LineChart({ratio}, 1, "100 %", label));
}

std::string Traffic(const StatusView& view) {
  ChartSeries out{"clients", "one", {}};
  ChartSeries in{"upstreams", "two", {}};
  uint64_t sent = 0;
  uint64_t fetched = 0;
  uint64_t most = 0;
  for (const StatusView::Minute& minute : view.minutes) {
    out.values.push_back(static_cast<double>(minute.client_bytes));
    in.values.push_back(static_cast<double>(minute.upstream_bytes));
    sent += minute.client_bytes;
    fetched += minute.upstream_bytes;
    most = std::max({most, minute.client_bytes, minute.upstream_bytes});
  }
  const std::string label = "Traffic over the last hour: " + HumanBytes(sent) + " to clients, " +
                            HumanBytes(fetched) + " from upstreams";
  return Section("traffic", "", "Traffic, last hour",
                 "<div class=\"big\">" + HumanBytes(sent) + "</div><div class=\"key\">" +
                     Key("k1", "to clients") + Key("k2", "from upstreams, " + HumanBytes(fetched)) +
                     "</div>" + LineChart({out, in}, 0, HumanBytes(most) + " a minute", label));
}

std::string Storage(const StatusView& view) {
  const std::string ratio = HumanRatio(view.used, view.capacity);
  const std::string label =
      "Storage: " + ratio + " of " + HumanBytes(view.capacity) + " used; the alert is at 85 %";
  return Section("storage", "", "Storage",
                 "<div class=\"big\">" + ratio + "</div><div class=\"soft\">" +
                     HumanBytes(view.used) + " of " + HumanBytes(view.capacity) + " · " +
                     std::to_string(view.blobs) + " blobs · " + std::to_string(view.evictions) +
                     " evicted since the start</div>" +
                     Gauge(view.used, view.capacity, kStorageMark, label));
}

std::string StateWord(StatusView::Upstream::State state) {
  switch (state) {
    case StatusView::Upstream::State::kIdle:
      return "<span class=\"idle\">idle</span>";
    case StatusView::Upstream::State::kAnswering:
      return "<span class=\"good\">answering</span>";
    case StatusView::Upstream::State::kFailing:
      return "<strong class=\"bad\">failing</strong>";
    case StatusView::Upstream::State::kLeftAlone:
      return "<strong class=\"bad\">left alone</strong>";
  }
  return "";
}

std::string Upstreams(const StatusView& view) {
  std::string rows;
  for (const StatusView::Upstream& upstream : view.upstreams) {
    rows += "<tr>" +
            Name("<strong>" + E(upstream.name) + "</strong><br><span class=\"soft\">" +
                 E(upstream.url) + "</span>") +
            "<td>" + StateWord(upstream.state) + "</td>" +
            Number(std::to_string(upstream.answers)) + Number(std::to_string(upstream.failures)) +
            Number(std::to_string(upstream.open) + " of " + std::to_string(upstream.most)) +
            Number(upstream.limit_left < 0 ? "–" : std::to_string(upstream.limit_left) + " %") +
            "</tr>";
  }
  return Section("upstreams", "more", "Upstreams, last five minutes",
                 Table(Th("Upstream") + Th("State") + Th("Answers", true) + Th("Failures", true) +
                           Th("Connections", true) + Th("Limit left", true),
                       rows));
}

std::string Fills(const StatusView& view) {
  if (view.fills.empty()) {
    return Section("fills", "less", "Filling now", Soft("Nothing is being fetched."));
  }
  std::string rows;
  for (const StatusView::Fill& fill : view.fills) {
    const std::string done = std::to_string(fill.present);
    rows += "<tr>" + Name(E(fill.repository) + "<br>" + Digest(fill.digest)) +
            "<td><progress max=\"" + std::to_string(fill.size) + "\" value=\"" + done +
            "\" aria-label=\"" + E(fill.repository) + "\">" + HumanRatio(fill.present, fill.size) +
            "</progress></td>" + Number(HumanBytes(fill.present) + " of " + HumanBytes(fill.size)) +
            "</tr>";
  }
  return Section("fills", "less", "Filling now",
                 Table(Th("Blob") + Th("Progress") + Th("Bytes", true), rows));
}

std::string Search(const StatusView& view) {
  std::string body =
      "<form class=\"search\" role=\"search\" method=\"get\" action=\"/\"><input name=\"q\" "
      "type=\"search\" aria-label=\"Search images\" placeholder=\"debian, quay.io/*, *:latest\" "
      "value=\"" +
      E(view.query) + "\"><button>Search</button></form>";
  std::string rows;
  for (const StatusView::Image& image : view.images) {
    rows += "<tr>" + Name(E(image.reference) + (image.pinned ? " <strong>pinned</strong>" : "")) +
            Number(HumanBytes(image.present) + " of " + HumanBytes(image.bytes)) +
            Number(HumanAge(view.now - image.proven_at) + " ago") + "<td class=\"act\">" +
            Button(image.pinned ? "unpin" : "pin", image.reference, image.pinned ? "Unpin" : "Pin",
                   false) +
            Button("purge", image.reference, "Purge", true) + "</td></tr>";
  }
  body += rows.empty()
              ? Soft("No image that is known here matches.")
              : Table(Th("Image") + Th("Here", true) + Th("Proven", true) + "<th></th>", rows);
  if (view.more_images) body += Soft("There are more: search for less, or use longshore ls.");
  return Section("images", "wide", "Images", body);
}

std::string Pulled(const StatusView& view) {
  std::string rows;
  for (const StatusView::Pulled& pulled : view.pulled) {
    rows += "<tr>" + Name(E(pulled.repository)) + Number(std::to_string(pulled.pulls)) + "</tr>";
  }
  return Section("pulled", "", "Most pulled, since the start",
                 rows.empty() ? Soft("Nothing was pulled yet.")
                              : Table(Th("Repository") + Th("Pulls", true), rows));
}

std::string Blobs(const char* id, const char* title, const std::vector<StatusView::Blob>& blobs,
                  int64_t now) {
  std::string rows;
  for (const StatusView::Blob& blob : blobs) {
    const std::string used = blob.last_use == 0 ? "–" : HumanAge(now - blob.last_use) + " ago";
    rows += "<tr>" + Name(E(blob.repository) + "<br>" + Digest(blob.digest)) +
            Number(HumanBytes(blob.bytes)) + Number(used) + "</tr>";
  }
  return Section(id, "", title,
                 rows.empty() ? Soft("Nothing is stored yet.")
                              : Table(Th("Blob") + Th("Size", true) + Th("Used", true), rows));
}

}  // namespace

std::string RenderStatusPage(const StatusView& view, const std::string& nonce) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>Longshore " +
      E(view.region) + "</title><link rel=\"icon\" href=\"data:,\"><style nonce=\"" + nonce + "\">";
  html += kStatusStyle;
  html += "</style></head><body><a class=\"skip\" href=\"#images\">Skip to the images</a>\n";
  html += Header(view) + "<main>\n" + Notices(view);
  html += HitRatio(view) + Traffic(view) + Storage(view) + Upstreams(view) + Fills(view);
  html += Search(view) + Pulled(view) + Blobs("largest", "Largest", view.largest, view.now) +
          Blobs("coldest", "Coldest", view.coldest, view.now);
  html +=
      "</main>\n<footer class=\"soft\"><a href=\"/metrics\">metrics</a> · <a "
      "href=\"/api/v1/openapi.json\">API</a></footer>\n<script nonce=\"" +
      nonce + "\">";
  html += kStatusScript;
  return html + "</script></body></html>\n";
}

std::string StatusPagePolicy(const std::string& nonce) {
  return "default-src 'none'; style-src 'nonce-" + nonce + "'; script-src 'nonce-" + nonce +
         "'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
         "frame-ancestors 'none'";
}

}  // namespace longshore
