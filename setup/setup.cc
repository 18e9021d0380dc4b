#include "setup/setup.h"

#include <ostream>
#include <vector>

#include "setup/containerd.h"
#include "setup/docker.h"
#include "setup/edit.h"
#include "setup/k3s.h"
#include "setup/notes.h"
#include "setup/podman.h"

namespace longshore::setup {
namespace {

struct Client {
  const char* name;
  std::vector<NodeFile> (*files)(const Mirror& mirror);
  const char* next;  // what makes the client read them
};

constexpr Client kClients[] = {
    {"docker", DockerFiles, "Next: systemctl reload docker"},
    {"containerd", ContainerdFiles, "containerd reads it with the next pull."},
    {"podman", PodmanFiles, "Podman reads it with the next pull; CRI-O: systemctl reload crio"},
    {"k3s", K3sFiles, "Next: systemctl restart k3s, or k3s-agent"}};

const Client* Find(const std::string& name) {
  for (const Client& client : kClients) {
    if (client.name == name) return &client;
  }
  return nullptr;
}

std::vector<std::string> Notes(const Request& request, Disk& disk) {
  if (request.undo) return {};
  if (request.client == "containerd") return ContainerdNotes(request.root, disk);
  if (request.client == "podman") return PodmanNotes(request.root, request.mirror, disk);
  return {};
}

Result<std::vector<Edit>> Plan(const Request& request, const Client& client,
                               const NodeEditor& editor) {
  std::vector<Edit> edits;
  for (const NodeFile& file : client.files(request.mirror)) {
    auto edit = request.undo ? editor.PlanRemove(file) : editor.PlanAdd(file);
    if (!edit) return tl::unexpected(edit.error());
    edits.push_back(std::move(*edit));
  }
  return edits;
}

std::string Told(const Edit& edit) {
  switch (edit.kind) {
    case Edit::Kind::kNothing:
      return edit.path + ": nothing to change";
    case Edit::Kind::kWrite:
      return edit.path + ": written" +
             (edit.backup ? ", what it was before is in " + edit.path + kBackupSuffix : "");
    case Edit::Kind::kRestore:
      return edit.path + ": as it was before";
    case Edit::Kind::kDelete:
      return edit.path + ": removed";
  }
  return edit.path;
}

void Print(const Edit& edit, std::ostream& out, std::ostream& err) {
  const bool goes = edit.kind == Edit::Kind::kDelete;
  const bool returns = edit.kind == Edit::Kind::kRestore;
  err << edit.path << (goes ? " would go" : returns ? " would be as it was before" : "") << "\n";
  if (!goes && !returns) out << edit.text << std::flush;
}

}  // namespace

Status Run(const Request& request, Disk& disk, std::ostream& out, std::ostream& err) {
  const Client* client = Find(request.client);
  if (client == nullptr) {
    return Fail(Code::kInvalid, request.client + ": must be docker, containerd, podman or k3s");
  }
  NodeEditor editor(request.root, disk);
  const auto edits = Plan(request, *client, editor);
  if (!edits) return tl::unexpected(edits.error());
  bool changed = false;
  for (const Edit& edit : *edits) {
    if (request.print) {
      Print(edit, out, err);
      continue;
    }
    if (auto done = editor.Carry(edit); !done) return done;
    changed = changed || edit.kind != Edit::Kind::kNothing;
    err << Told(edit) << "\n";
  }
  for (const std::string& note : Notes(request, disk)) err << note << "\n";
  if (changed) err << client->next << "\n";
  return {};
}

}  // namespace longshore::setup
