#pragma once

#include <rocksdb/file_system.h>

#include <memory>

namespace longshore {

// RocksDB's own files, but with every failure to write one called retryable. RocksDB takes most
// write errors for the end: it then neither resumes nor, as Debian builds it with assertions,
// closes without aborting the process. Of a retryable one it resumes, by writing what its memory
// holds to a new table and going on with a new log, so nothing that a failed write or sync has left
// uncertain is relied on. Thread-safe.
std::shared_ptr<rocksdb::FileSystem> RetryableFiles();

}  // namespace longshore
