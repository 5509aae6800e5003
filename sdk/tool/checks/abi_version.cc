#include "runtime/plugin/sized.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check abi_version() {
  return {
      .group = Group::kDescriptor,
      .says = "The plugin and this host fit: majors are equal, and the host's minor is at least what the plugin needs.",
      .rule = "plugin.h, MR_ABI_MAJOR",
      .remedy =
          "Rebuild with this host's SDK, or set needs_host_minor to the lowest that has all it cannot do without.",
      .run = [](Trial& trial) {
        const mr_plugin* at = &trial.plugin();
        if (plugin::struct_size_of(at) < 16) skip("The descriptor is too short to have versions; see sizes-set.");
        const auto p = plugin::copy_sized<mr_plugin>(at);
        const auto abi = [](std::uint32_t major, std::uint32_t minor) {
          return std::to_string(major) + "." + std::to_string(minor);
        };
        const std::string here = "this host is " + abi(MR_ABI_MAJOR, MR_ABI_MINOR) + ".";
        if (p.abi_major != MR_ABI_MAJOR)
          fail("It was built for plugin ABI " + abi(p.abi_major, p.abi_minor) + "; " + here);
        if (p.needs_host_minor > MR_ABI_MINOR)
          fail("It needs host " + abi(p.abi_major, p.needs_host_minor) + "; " + here);
        if (p.needs_host_minor > p.abi_minor)
          fail("It needs host minor " + std::to_string(p.needs_host_minor) + " and was built with minor " +
               std::to_string(p.abi_minor) + ", which cannot know it.");
      }};
}

}  // namespace millrace::sdk_tool
