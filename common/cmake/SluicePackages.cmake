# The packages Sluice is built on, one target each: the rest of the build names these and nothing else.
#
#   sluice_pq sluice_pqxx sluice_yaml sluice_spdlog sluice_json sluice_cli11 sluice_openssl
#   sluice_beast        migrator only: Boost's headers, for HTTP checks
#   sluice_cpprest      operator only: shared libraries
#   sluice_listener     operator only: Boost's headers, for its HTTP listeners
#   sluice_prometheus   operator only: registry and text format
#   GTest::gmock …      tests
#
# Most are plain `-lNAME`: an executable linked with -static (sluice_release_link) takes the archive, any other
# the shared library. Only libpq differs, since Debian's brings LDAP, Kerberos and GnuTLS along and has no use
# as an archive: with SLUICE_STATIC it is the lean one that deploy/build-lean-libpq.sh made.

# Stops with the Debian package's name where a header is missing.
function(sluice_need_header variable header package)
  find_path(${variable} NAMES ${header} ${ARGN})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "${header} is missing: apt-get install ${package}, or deploy/install-build-deps.sh")
  endif()
endfunction()

function(sluice_package name)
  cmake_parse_arguments(ARG "" "" "INCLUDES;LINKS;DEFINES" ${ARGN})
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${ARG_INCLUDES})
  target_link_libraries(${name} INTERFACE ${ARG_LINKS})
  target_compile_definitions(${name} INTERFACE ${ARG_DEFINES})
endfunction()

sluice_need_header(SLUICE_OPENSSL_INCLUDE openssl/evp.h libssl-dev)

if(SLUICE_STATIC)
  set(lean "${SLUICE_LEAN_PREFIX}")
  if(NOT lean)
    execute_process(COMMAND "${CMAKE_SOURCE_DIR}/deploy/build-lean-libpq.sh" --print-prefix
      OUTPUT_VARIABLE lean OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  endif()
  if(NOT EXISTS "${lean}/lib/libpq.a")
    message(FATAL_ERROR "no lean libpq in ${lean}: run deploy/build-lean-libpq.sh first (about 3 minutes)")
  endif()
  message(STATUS "lean libpq and OpenSSL: ${lean}")
  # The operator is linked with shared objects, cpprest's OpenSSL among them: two of them in one program would clash.
  set(all_static "$<BOOL:$<TARGET_PROPERTY:SLUICE_ALL_STATIC>>")
  sluice_package(sluice_openssl INCLUDES ${SLUICE_OPENSSL_INCLUDE} LINKS
    "$<IF:${all_static},${lean}/lib/libssl.a,ssl>" "$<IF:${all_static},${lean}/lib/libcrypto.a,crypto>" Threads::Threads)
  sluice_package(sluice_pq INCLUDES "${lean}/include"
    LINKS "${lean}/lib/libpq.a" "${lean}/lib/libpgcommon_shlib.a" "${lean}/lib/libpgport_shlib.a" sluice_openssl m)
  # `sluice install` and the backup look for them beside `sluice`.
  foreach(tool pg_dump pg_restore)
    configure_file("${lean}/bin/${tool}" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${tool}" COPYONLY)
  endforeach()
else()
  sluice_package(sluice_openssl INCLUDES ${SLUICE_OPENSSL_INCLUDE} LINKS ssl crypto Threads::Threads)
  sluice_need_header(SLUICE_PQ_INCLUDE libpq-fe.h libpq-dev PATH_SUFFIXES postgresql)
  sluice_package(sluice_pq INCLUDES ${SLUICE_PQ_INCLUDE} LINKS pq)
endif()

sluice_need_header(SLUICE_PQXX_INCLUDE pqxx/pqxx libpqxx-dev)
sluice_package(sluice_pqxx INCLUDES ${SLUICE_PQXX_INCLUDE} LINKS pqxx sluice_pq)

sluice_need_header(SLUICE_YAML_INCLUDE yaml-cpp/yaml.h libyaml-cpp-dev)
sluice_package(sluice_yaml INCLUDES ${SLUICE_YAML_INCLUDE} LINKS yaml-cpp)

# Compiled spdlog builds faster; the header-only one is the only one Debian lets us link statically.
sluice_need_header(SLUICE_SPDLOG_INCLUDE spdlog/spdlog.h libspdlog-dev)
if(SLUICE_STATIC)
  sluice_package(sluice_spdlog INCLUDES ${SLUICE_SPDLOG_INCLUDE} LINKS Threads::Threads
    DEFINES SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
else()
  sluice_package(sluice_spdlog INCLUDES ${SLUICE_SPDLOG_INCLUDE} LINKS spdlog fmt Threads::Threads
    DEFINES SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
endif()

sluice_need_header(SLUICE_JSON_INCLUDE nlohmann/json.hpp nlohmann-json3-dev)
sluice_package(sluice_json INCLUDES ${SLUICE_JSON_INCLUDE})

sluice_need_header(SLUICE_CLI11_INCLUDE CLI/CLI.hpp libcli11-dev)
sluice_package(sluice_cli11 INCLUDES ${SLUICE_CLI11_INCLUDE})

sluice_need_header(SLUICE_BEAST_INCLUDE boost/beast.hpp libboost-dev)
sluice_package(sluice_beast INCLUDES ${SLUICE_BEAST_INCLUDE} LINKS sluice_openssl Threads::Threads
  DEFINES BOOST_ERROR_CODE_HEADER_ONLY BOOST_ASIO_NO_DEPRECATED)

if(SLUICE_OPERATOR)
  sluice_need_header(SLUICE_CPPREST_INCLUDE cpprest/http_client.h libcpprest-dev)
  sluice_package(sluice_cpprest INCLUDES ${SLUICE_CPPREST_INCLUDE} LINKS cpprest sluice_openssl Threads::Threads
    DEFINES _TURN_OFF_PLATFORM_STRING CPPREST_FORCE_HTTP_CLIENT_ASIO CPPREST_FORCE_HTTP_LISTENER_ASIO)

  sluice_package(sluice_listener INCLUDES ${SLUICE_BEAST_INCLUDE} LINKS sluice_openssl Threads::Threads
    DEFINES BOOST_ERROR_CODE_HEADER_ONLY)

  sluice_need_header(SLUICE_PROMETHEUS_INCLUDE prometheus/registry.h prometheus-cpp-dev)
  sluice_package(sluice_prometheus INCLUDES ${SLUICE_PROMETHEUS_INCLUDE} LINKS prometheus-cpp-core)
endif()

if(SLUICE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# sluice_release_link(TARGET [STATIC]): how a Release build links an executable: unused sections dropped, no
# symbols; with STATIC and SLUICE_STATIC one file without any shared object. It is linked at a fixed address:
# a static PIE would relocate itself at each start and touch twice the memory.
function(sluice_release_link target)
  cmake_parse_arguments(ARG "STATIC" "" "" ${ARGN})
  target_link_options(${target} PRIVATE $<$<CONFIG:Release>:-Wl,--gc-sections> $<$<CONFIG:Release>:-s>)
  if(ARG_STATIC AND SLUICE_STATIC)
    # ld warns that name services need glibc's shared objects: static_names.c sees to it that none is loaded.
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/deploy/static_names.c")
    set_target_properties(${target} PROPERTIES SLUICE_ALL_STATIC ON)
    target_link_options(${target} PRIVATE -static -no-pie)
  endif()
endfunction()
