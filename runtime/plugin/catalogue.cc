#include "runtime/plugin/catalogue.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <tuple>

namespace millrace::plugin {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

Status claimed_twice(const std::string& label, const std::string& first, const std::string& second) {
  if (first == second)
    return Status(Code::kFailedPrecondition, "MR2008", label + " is offered twice by " + first + ".",
                  "This is a defect of the plugin: report it to its vendor, with this message.");
  return Status(Code::kFailedPrecondition, "MR2008",
                label + " is offered by two plugins: " + first + " and " + second + ".",
                "Remove one of the two files.");
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kSource:
      return "source";
    case Kind::kAuth:
      return "auth";
    case Kind::kFilter:
      return "filter";
    case Kind::kEncoder:
      return "encoder";
    case Kind::kSink:
      return "sink";
  }
  return "unknown";
}

std::string_view stability_name(std::uint32_t s) {
  constexpr std::string_view kNames[] = {"development", "alpha", "beta", "stable", "deprecated"};
  return s < std::size(kNames) ? kNames[s] : "unknown";
}

std::string Component::label() const {
  return std::string(kind_name(kind)) + " " + type;
}

std::vector<const Component*> Catalogue::claims(Kind kind, std::string_view type) const {
  std::vector<const Component*> found;
  for (const auto& plugin : plugins_)
    for (const auto& component : plugin->components)
      if (component->kind == kind && component->type == type) found.push_back(component.get());
  return found;
}

const Component* Catalogue::find(Kind kind, std::string_view type) const {
  const auto found = claims(kind, type);
  return found.size() == 1 ? found[0] : nullptr;
}

Result<const Component*> Catalogue::require(Kind kind, std::string_view type) const {
  const auto found = claims(kind, type);
  if (found.size() == 1) return found[0];
  const std::string label = std::string(kind_name(kind)) + " " + std::string(type);
  if (found.size() > 1) return claimed_twice(label, found[0]->plugin->file, found[1]->plugin->file);
  // A file that carries this component by its name but could not be used: its own problem is the answer.
  for (const Rejected& r : rejected_)
    if (const std::string stem = std::filesystem::path(r.file).stem().string();
        stem == std::string(kind_name(kind)) + "_" + std::string(type) || stem == type)
      return Status(Code::kFailedPrecondition, r.problem.id, label + ": " + r.file + ": " + r.problem.message,
                    r.problem.hint);

  std::string hint;
  const std::vector<std::string> known = types(kind);
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(a, type) < edit_distance(b, type);
  });
  if (nearest != known.end() && edit_distance(*nearest, type) <= std::max<std::size_t>(2, type.size() / 4)) {
    hint = "Did you mean '" + *nearest + "'?";
  } else if (known.empty()) {
    hint = "No plugin offers a component of this kind: check plugins.directories, and `millrace plugins list`.";
  } else {
    for (const std::string& name : known) hint += (hint.empty() ? "There are: " : ", ") + name;
    hint += ".";
  }
  if (!rejected_.empty()) {
    hint += " Not loaded: ";
    for (std::size_t i = 0; i < rejected_.size(); ++i)
      hint += (i == 0 ? "" : ", ") + file_name(rejected_[i].file) + " (" + rejected_[i].problem.id + ")";
    hint += ".";
  }
  return Status(Code::kNotFound, "MR2009", "there is no " + label + " in the loaded plugins.", hint);
}

const std::string* Catalogue::schema(Kind kind, std::string_view type) const {
  const Component* component = find(kind, type);
  return component == nullptr ? nullptr : &component->schema;
}

std::vector<std::string> Catalogue::types(Kind kind) const {
  std::vector<std::string> out;
  for (const Component* component : components())
    if (component->kind == kind) out.push_back(component->type);
  return out;
}

std::vector<const Component*> Catalogue::components() const {
  std::vector<const Component*> out;
  for (const auto& plugin : plugins_)
    for (const auto& component : plugin->components)
      if (find(component->kind, component->type) != nullptr) out.push_back(component.get());
  std::sort(out.begin(), out.end(), [](const Component* a, const Component* b) {
    return std::tie(a->kind, a->type) < std::tie(b->kind, b->type);
  });
  return out;
}

const PluginErrorInfo* Catalogue::find_error(std::string_view id) const {
  for (const auto& plugin : plugins_)
    for (const PluginErrorInfo& error : plugin->errors)
      if (error.id == id) return &error;
  return nullptr;
}

Diagnostics Catalogue::add(std::unique_ptr<Plugin> plugin) {
  Diagnostics problems;
  for (auto it = plugin->components.begin(); it != plugin->components.end(); ++it) {
    const auto& component = *it;
    const auto others = claims(component->kind, component->type);
    const bool twice_here = std::any_of(plugin->components.begin(), it, [&](const auto& c) {
      return c->kind == component->kind && c->type == component->type;
    });
    if (others.empty() && !twice_here) continue;
    const Status twice =
        claimed_twice(component->label(), others.empty() ? plugin->file : others[0]->plugin->file, plugin->file);
    Diagnostic& problem = problems.emplace_back();
    problem.id = twice.id();
    problem.file = plugin->file;
    problem.message = twice.message();
    problem.hint = twice.hint();
  }
  plugins_.push_back(std::move(plugin));
  return problems;
}

}  // namespace millrace::plugin
