// Finds plugins in directories and opens them: files in, a Catalogue and a list of problems out.
//
// A file is opened only when it is a regular *.so that not everybody may overwrite, matches its pinned checksum if it
// has one, and exports the entry function (checked without running any of its code). It is opened with RTLD_NOW |
// RTLD_LOCAL | RTLD_NODELETE and never closed: code that was loaded stays, instances come and go. One file is one
// plugin, under however many names it is found.
//
// Every problem is reported and none ends the scan: whether a bad file matters is known only to whoever needs what was
// in it. In the plugin directories trust is total: a plugin runs with all the rights of the host.
//
//   plugin::Loader loader(log);
//   plugin::Scan scan = loader.scan({.directories = {"/usr/lib/millrace/plugins"}});
//
// Confined to one thread at a time. Catalogues outlive their loader.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/base/result.h"
#include "runtime/observe/log.h"
#include "runtime/plugin/catalogue.h"

namespace millrace::plugin {

struct ScanOptions {
  std::vector<std::filesystem::path> directories;  // in order; each by file name, not recursive
  std::map<std::string, std::string> pins = {};    // file name -> "sha256:HEX"
};

struct Scan {
  Catalogue catalogue;
  Diagnostics problems;  // MR2001 … MR2008; all errors, for the caller to weigh
};

class Loader {
 public:
  explicit Loader(observe::Logger log);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // May be called again: a file that is already open is not opened twice, its entry not called twice.
  Scan scan(const ScanOptions& options);

 private:
  struct Opened;
  using FileId = std::pair<dev_t, ino_t>;
  void scan_directory(const std::filesystem::path& directory, const ScanOptions& options,
                      std::map<FileId, std::string>& seen, Scan& scan);
  Status scan_file(const std::filesystem::path& file, const ScanOptions& options, const FileId& id, Scan& scan);
  Result<const mr_plugin*> open(const std::filesystem::path& file, const FileId& id);

  const observe::Logger log_;
  std::map<FileId, std::unique_ptr<Opened>> opened_;
};

}  // namespace millrace::plugin
