# find_package(millrace_sdk) gives the target millrace::sdk (headers only) and the functions of millrace_add_plugin.cmake.
# millrace_proto_directory is the folder of the gRPC contracts.
include(CMakeFindDependencyMacro)
find_dependency(nlohmann_json)
get_filename_component(millrace_sdk_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET millrace::sdk)
  add_library(millrace::sdk INTERFACE IMPORTED GLOBAL)
  target_include_directories(millrace::sdk INTERFACE ${millrace_sdk_prefix}/include)
  target_link_libraries(millrace::sdk INTERFACE nlohmann_json::nlohmann_json)
endif()
set(millrace_proto_directory "${millrace_sdk_prefix}/share/millrace/proto" CACHE INTERNAL "")
set(millrace_sdk_map "${CMAKE_CURRENT_LIST_DIR}/plugin.map" CACHE INTERNAL "")
include(${CMAKE_CURRENT_LIST_DIR}/millrace_add_plugin.cmake)
