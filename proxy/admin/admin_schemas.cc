#include "proxy/admin/admin_schemas.h"

namespace longshore {

std::string_view AdminSchemas() {
  return R"json({
"Count": {"type": "integer", "minimum": 0},
"Bytes": {"type": "integer", "minimum": 0, "description": "a number of bytes"},
"Time": {"type": "string", "format": "date-time", "pattern": "^[0-9-]{10}T[0-9:.]{8,}Z$"},
"Digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"},
"Message": {"type": "string", "description": "what came of it, in a sentence"},
"Reference": {"type": "string", "description": "docker.io/library/debian:12, or …@sha256:…"},

"Error": {"type": "object", "required": ["error"], "properties": {
  "error": {"type": "object", "required": ["code", "message"], "properties": {
    "code": {"type": "string"},
    "message": {"type": "string", "description": "what is wrong, and what to do"}}}}},

"Why": {"type": "object",
  "required": ["reference", "upstream", "rule", "repository", "verdict", "pinned", "manifest",
    "contents", "platforms", "bytes", "bytes_present", "bytes_to_fetch", "explanation"],
  "properties": {
    "reference": {"$ref": "#/components/schemas/Reference"},
    "upstream": {"type": "string"},
    "rule": {"enum": ["namespace", "host", "path", "default"],
      "description": "by which the upstream is chosen"},
    "repository": {"type": "string"},
    "verdict": {"enum": ["hit", "revalidated", "miss", "stale", "not_found", "unavailable"],
      "description": "what a pull of the manifest would come to now: served as it is; after a HEAD; after a GET; served unproven, as the upstream is left alone; a 404 that is remembered; a 503, as the upstream is left alone"},
    "pinned": {"type": "boolean"},
    "tag": {"type": "object", "required": ["name", "known"], "properties": {
      "name": {"type": "string"},
      "known": {"type": "boolean"},
      "digest": {"$ref": "#/components/schemas/Digest"},
      "proven_at": {"$ref": "#/components/schemas/Time"},
      "age_seconds": {"type": "integer"},
      "ttl_seconds": {"type": "integer", "minimum": 0,
        "description": "for how long it is believed: tag_ttl, or longer as little is left of a rate limit"},
      "fresh": {"type": "boolean", "description": "younger than that"},
      "stale_until": {"$ref": "#/components/schemas/Time"}}},
    "manifest": {"type": "object", "required": ["stored", "linked"], "properties": {
      "stored": {"type": "boolean"},
      "linked": {"type": "boolean", "description": "the link ledger has it for this repository"},
      "digest": {"$ref": "#/components/schemas/Digest"},
      "media_type": {"type": "string"},
      "bytes": {"$ref": "#/components/schemas/Bytes"}}},
    "contents": {"type": "array", "items": {"type": "object",
      "required": ["digest", "size", "present", "stored", "state", "linked", "pinned"],
      "properties": {
        "digest": {"$ref": "#/components/schemas/Digest"},
        "size": {"$ref": "#/components/schemas/Bytes"},
        "present": {"$ref": "#/components/schemas/Bytes"},
        "stored": {"type": "integer", "minimum": 0, "description": "bytes of its file"},
        "state": {"enum": ["absent", "partial", "present"]},
        "linked": {"type": "boolean"},
        "pinned": {"type": "boolean"}}}},
    "platforms": {"type": "array", "description": "of an index", "items": {"type": "object",
      "required": ["platform", "digest", "stored"], "properties": {
        "platform": {"type": "string"},
        "digest": {"$ref": "#/components/schemas/Digest"},
        "stored": {"type": "boolean"}}}},
    "bytes": {"$ref": "#/components/schemas/Bytes"},
    "bytes_present": {"$ref": "#/components/schemas/Bytes"},
    "bytes_to_fetch": {"$ref": "#/components/schemas/Bytes"},
    "explanation": {"type": "array", "items": {"type": "string"}}}},

"Stats": {"type": "object",
  "required": ["version", "region", "ready", "connections", "requests", "storage", "last_hour"],
  "properties": {
    "version": {"type": "string"},
    "region": {"type": "string"},
    "ready": {"type": "boolean"},
    "connections": {"$ref": "#/components/schemas/Count"},
    "requests": {"type": "integer", "minimum": 0, "description": "that are being answered"},
    "storage": {"type": "object",
      "required": ["used_bytes", "capacity_bytes", "evictions", "evicted_bytes",
        "digest_mismatches", "compression_saved_bytes"],
      "properties": {
        "used_bytes": {"$ref": "#/components/schemas/Bytes"},
        "capacity_bytes": {"$ref": "#/components/schemas/Bytes"},
        "evictions": {"$ref": "#/components/schemas/Count"},
        "evicted_bytes": {"$ref": "#/components/schemas/Bytes"},
        "digest_mismatches": {"$ref": "#/components/schemas/Count"},
        "compression_saved_bytes": {"$ref": "#/components/schemas/Bytes"}}},
    "last_hour": {"type": "object", "required": ["hits", "misses", "hit_ratio", "minutes"],
      "properties": {
        "hits": {"$ref": "#/components/schemas/Count"},
        "misses": {"$ref": "#/components/schemas/Count"},
        "hit_ratio": {"type": ["number", "null"], "minimum": 0, "maximum": 1,
          "description": "null: nothing was asked for"},
        "minutes": {"type": "array", "items": {"type": "object",
          "required": ["time", "hits", "misses", "errors", "client_bytes", "upstream_bytes"],
          "properties": {
            "time": {"$ref": "#/components/schemas/Time"},
            "hits": {"$ref": "#/components/schemas/Count"},
            "misses": {"$ref": "#/components/schemas/Count"},
            "errors": {"$ref": "#/components/schemas/Count"},
            "client_bytes": {"$ref": "#/components/schemas/Bytes"},
            "upstream_bytes": {"$ref": "#/components/schemas/Bytes"}}}}}}}},

"Images": {"type": "object", "required": ["images", "next"], "properties": {
  "images": {"type": "array", "items": {"type": "object",
    "required": ["reference", "upstream", "repository", "tag", "digest", "proven_at", "stored",
      "bytes", "bytes_present", "pinned"],
    "properties": {
      "reference": {"$ref": "#/components/schemas/Reference"},
      "upstream": {"type": "string"},
      "repository": {"type": "string"},
      "tag": {"type": "string"},
      "digest": {"$ref": "#/components/schemas/Digest"},
      "proven_at": {"$ref": "#/components/schemas/Time"},
      "stored": {"type": "boolean", "description": "its manifest is here"},
      "bytes": {"$ref": "#/components/schemas/Bytes"},
      "bytes_present": {"$ref": "#/components/schemas/Bytes"},
      "pinned": {"type": "boolean"}}}},
  "next": {"type": "string", "description": "the next page's `from`; empty: this is the last"}}},

"Pins": {"type": "object", "required": ["pins"], "properties": {
  "pins": {"type": "array", "items": {"type": "object", "required": ["reference", "pinned_at"],
    "properties": {
      "reference": {"$ref": "#/components/schemas/Reference"},
      "pinned_at": {"$ref": "#/components/schemas/Time"}}}}}},

"Fills": {"type": "object", "required": ["fills"], "properties": {
  "fills": {"type": "array", "items": {"type": "object",
    "required": ["upstream", "repository", "digest", "size", "present", "received"],
    "properties": {
      "upstream": {"type": "string"},
      "repository": {"type": "string"},
      "digest": {"$ref": "#/components/schemas/Digest"},
      "size": {"$ref": "#/components/schemas/Bytes"},
      "present": {"$ref": "#/components/schemas/Bytes"},
      "received": {"$ref": "#/components/schemas/Bytes"}}}}}},

"Task": {"type": "object",
  "required": ["id", "kind", "subject", "state", "message", "items", "checked", "checked_bytes",
    "damaged"],
  "properties": {
    "id": {"type": "integer", "minimum": 1},
    "kind": {"enum": ["warm", "verify"]},
    "subject": {"type": "string"},
    "state": {"enum": ["running", "done", "failed"]},
    "message": {"$ref": "#/components/schemas/Message"},
    "items": {"type": "array", "description": "of warm", "items": {"type": "object",
      "required": ["digest", "size", "present", "state"],
      "properties": {
        "digest": {"$ref": "#/components/schemas/Digest"},
        "size": {"$ref": "#/components/schemas/Bytes"},
        "present": {"$ref": "#/components/schemas/Bytes"},
        "state": {"enum": ["waiting", "filling", "present", "failed"]}}}},
    "checked": {"type": "integer", "minimum": 0, "description": "blobs, of verify"},
    "checked_bytes": {"$ref": "#/components/schemas/Bytes"},
    "damaged": {"type": "array", "items": {"$ref": "#/components/schemas/Digest"}}}},

"Tasks": {"type": "object", "required": ["tasks"], "properties": {
  "tasks": {"type": "array", "items": {"type": "object",
    "required": ["id", "kind", "subject", "state", "message"],
    "properties": {
      "id": {"type": "integer", "minimum": 1},
      "kind": {"enum": ["warm", "verify"]},
      "subject": {"type": "string"},
      "state": {"enum": ["running", "done", "failed"]},
      "message": {"$ref": "#/components/schemas/Message"}}}}}},

"TaskOrTasks": {"oneOf": [{"$ref": "#/components/schemas/Task"},
  {"$ref": "#/components/schemas/Tasks"}],
  "description": "the one with that id, or all without one"},

"Purged": {"type": "object",
  "required": ["tags", "manifests", "blobs", "bytes", "kept_pinned", "kept_shared", "waiting",
    "more", "dry_run", "message"],
  "properties": {
    "tags": {"$ref": "#/components/schemas/Count"},
    "manifests": {"$ref": "#/components/schemas/Count"},
    "blobs": {"$ref": "#/components/schemas/Count"},
    "bytes": {"$ref": "#/components/schemas/Bytes"},
    "kept_pinned": {"type": "integer", "minimum": 0, "description": "images"},
    "kept_shared": {"type": "integer", "minimum": 0, "description": "that other images name"},
    "waiting": {"type": "integer", "minimum": 0,
      "description": "blobs that go when nobody reads or fills them any more"},
    "more": {"type": "boolean", "description": "ask again: the pattern matches more"},
    "dry_run": {"type": "boolean", "description": "nothing was removed"},
    "message": {"$ref": "#/components/schemas/Message"}}},

"Pinned": {"type": "object", "required": ["reference", "message"], "properties": {
  "reference": {"$ref": "#/components/schemas/Reference"},
  "message": {"$ref": "#/components/schemas/Message"}}},

"Drained": {"type": "object", "required": ["ready", "connections", "requests", "message"],
  "properties": {
    "ready": {"type": "boolean"},
    "connections": {"$ref": "#/components/schemas/Count"},
    "requests": {"type": "integer", "minimum": 0, "description": "that are being answered"},
    "message": {"$ref": "#/components/schemas/Message"}}},

"Reloaded": {"type": "object", "required": ["changed", "need_restart", "certificates", "message"],
  "properties": {
    "changed": {"type": "array", "items": {"type": "string"}, "description": "keys in force"},
    "need_restart": {"type": "array", "items": {"type": "string"}},
    "certificates": {"type": "integer", "minimum": 0, "description": "that were read again"},
    "message": {"$ref": "#/components/schemas/Message"}}},

"OpenApi": {"type": "object", "required": ["openapi", "info", "paths", "components", "security"]}
})json";
}

}  // namespace longshore
