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
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${SLUICE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(sluice_settings INTERFACE)
target_include_directories(sluice_settings INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(sluice_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror)
# gcc 12 guesses wrongly about a copied std::optional at -O2; clang and the sanitizers watch for the real thing.
target_compile_options(sluice_settings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # It takes every `const T& f(std::string_view)` called with a literal for a dangling reference.
  target_compile_options(sluice_settings INTERFACE -Wno-dangling-reference)
endif()
target_link_libraries(sluice_settings INTERFACE Threads::Threads)
if(SLUICE_SANITIZE)
  target_compile_options(sluice_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sluice_settings INTERFACE -fsanitize=address,undefined)
endif()
if(SLUICE_FAILPOINTS)
  target_compile_definitions(sluice_settings INTERFACE SLUICE_FAILPOINTS=1)
endif()

# sluice_library(NAME SOURCES a.cc… LINKS other…): one folder, one static library.
# A folder links only what design.md's arrows allow; tests/arrows reads the includes to hold that.
function(sluice_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC sluice_settings ${ARG_LINKS})
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
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sluice_settings ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  # Googletest's templates make these the slowest files: undefined behaviour is looked for in what they test, and lines are
  # enough for a debugger. Both save an eighth of their time.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Debug>:-g1> $<$<BOOL:${SLUICE_SANITIZE}>:-fno-sanitize=undefined>)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} ${ARG_PROPERTIES})
endfunction()
