# Compiler settings, and the two functions by which every folder declares what it is.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The sections let sluice_release_link drop what nobody calls.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the build folder, so that every clone and worktree shares what one of them compiled.
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros "${SLUICE_CCACHE}") # without these it keeps nothing that reads a precompiled header
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(sluice_settings INTERFACE)
target_include_directories(sluice_settings INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(sluice_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)
# gcc 12 guesses wrongly about a copied std::optional at -O2; clang and the sanitizers watch for the real thing.
target_compile_options(sluice_settings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # It takes every `const T& f(std::string_view)` called with a literal for a dangling reference.
  target_compile_options(sluice_settings INTERFACE -Wno-dangling-reference)
endif()
if(SLUICE_JOIN AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sluice_settings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>) # an anonymous namespace in an included source is its own
endif()
target_link_libraries(sluice_settings INTERFACE Threads::Threads)
if(SLUICE_SANITIZE)
  # Undefined behaviour is looked for in the product, not in its tests (SLUICE_IS_TEST): Googletest's templates make those the
  # slowest files. A null or misaligned pointer is asked about at every access, a third of what the sanitizer costs the
  # compiler: the first ends in AddressSanitizer's hands, the second does nothing on the CPUs we build for.
  set(product "$<NOT:$<BOOL:$<TARGET_PROPERTY:SLUICE_IS_TEST>>>")
  target_compile_options(sluice_settings INTERFACE -fsanitize=address -fno-sanitize-recover=all -fno-omit-frame-pointer
    "$<${product}:-fsanitize=undefined>" "$<${product}:-fno-sanitize=null,alignment,object-size>")
  target_link_options(sluice_settings INTERFACE -fsanitize=address,undefined)
endif()
if(SLUICE_FAILPOINTS)
  target_compile_definitions(sluice_settings INTERFACE SLUICE_FAILPOINTS=1)
endif()

# sluice_kind(TARGET IS_TEST): how a target of the product or of the tests is compiled.
#
# With SLUICE_PRECOMPILE (preset dev) the headers that nearly every source reads are read once: a third of the compiler's time.
# Only other people's, which don't change; each source still includes what it uses, as tests/lint/clang.py --alone shows.
function(sluice_kind target is_test)
  set(kind product)
  if(is_test)
    set(kind test)
    set_target_properties(${target} PROPERTIES SLUICE_IS_TEST ON)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-g1>) # lines are enough for a debugger
  endif()
  if(SLUICE_PRECOMPILE)
    target_compile_options(${target} PRIVATE -fpch-preprocess) # ccache asks for it
    if(NOT target STREQUAL "sluice_precompiled_${kind}")
      target_precompile_headers(${target} REUSE_FROM sluice_precompiled_${kind})
    endif()
  endif()
endfunction()

if(SLUICE_PRECOMPILE)
  set(headers <algorithm> <chrono> <condition_variable> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional>
    <set> <sstream> <string> <thread> <unordered_map> <variant> <vector> <nlohmann/json.hpp>)
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cc" "")
  foreach(kind product test)
    add_library(sluice_precompiled_${kind} OBJECT "${CMAKE_BINARY_DIR}/precompiled.cc")
    target_link_libraries(sluice_precompiled_${kind} PRIVATE sluice_settings)
  endforeach()
  sluice_kind(sluice_precompiled_product FALSE)
  sluice_kind(sluice_precompiled_test TRUE)
  target_link_libraries(sluice_precompiled_test PRIVATE GTest::gmock)
  target_precompile_headers(sluice_precompiled_product PRIVATE ${headers})
  target_precompile_headers(sluice_precompiled_test PRIVATE ${headers} <gmock/gmock.h> <gtest/gtest.h>)
endif()

# sluice_sources(OUT NAME SOURCE…): what to compile for these sources of the current folder.
#
# With SLUICE_JOIN (presets dev and release) that is a file for each eight of them which includes these: what their headers and
# templates cost the compiler is paid once. A source with settings of its own stays alone. Others than those of CMake's UNITY_BUILD,
# the files name no folder of this machine, so that ccache knows them in every clone. tests/lint/clang.py --alone compiles each
# source alone, by hand, which shows that each includes what it uses; so does the preset clang.
function(sluice_sources out name)
  set(result ${ARGN})
  if(SLUICE_JOIN)
    set(result "")
    set(others "")
    foreach(source IN LISTS ARGN)
      get_source_file_property(options "${source}" COMPILE_OPTIONS)
      get_source_file_property(definitions "${source}" COMPILE_DEFINITIONS)
      if(options OR definitions)
        list(APPEND result "${source}")
      else()
        list(APPEND others "${source}")
      endif()
    endforeach()
    file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    list(LENGTH others count)
    foreach(number RANGE 0 ${count} 8)
      if(number EQUAL count)
        break()
      endif()
      list(SUBLIST others ${number} 8 some)
      list(TRANSFORM some REPLACE "(.+)" "#include \"${folder}/\\1\"")
      list(JOIN some "\n" text)
      file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}_${number}.cc" CONTENT "${text}\n" @ONLY)
      list(APPEND result "${CMAKE_CURRENT_BINARY_DIR}/${name}_${number}.cc")
    endforeach()
  endif()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

# sluice_library(NAME [TEST] SOURCES a.cc… LINKS other…): one folder, one static library; TEST: of the tests.
# A folder links only what design.md's arrows allow; tests/arrows reads the includes to hold that.
function(sluice_library name)
  cmake_parse_arguments(ARG "TEST" "" "SOURCES;LINKS" ${ARGN})
  sluice_sources(sources ${name} ${ARG_SOURCES})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC sluice_settings ${ARG_LINKS})
  sluice_kind(${name} ${ARG_TEST})
endfunction()

# sluice_small(NAME): what runs seldom or waits for others is compiled for size: the binary is copied into many pods.
# Never what reads, cuts and sends every migration: layouts, revisions, lexer, sessions.
function(sluice_small name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()

# sluice_test(NAME LABEL unit|golden|postgres|cluster|rollouts|bench SOURCES a_test.cc… LINKS lib…)
# One executable; each TEST becomes a ctest test with that label.
function(sluice_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINKS;PROPERTIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  sluice_sources(sources ${name} ${ARG_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE sluice_settings ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  sluice_kind(${name} TRUE)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} ${ARG_PROPERTIES})
endfunction()
