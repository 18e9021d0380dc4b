# The rules every layer is built by: one warning list, one way to declare a layer and its unit tests.
option(LONGSHORE_TESTS "build the tests" ON)
option(LONGSHORE_TIDY "run clang-tidy on every file" OFF)
set(LONGSHORE_SANITIZE "" CACHE STRING "value of -fsanitize=, or empty")
option(LONGSHORE_FUZZ "build the libFuzzer targets (clang, with fuzzer-no-link in LONGSHORE_SANITIZE)" OFF)

add_library(longshore_options INTERFACE)
target_include_directories(longshore_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(longshore_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
  -Wmissing-declarations -Wredundant-decls -Wundef -Wunused -Wdouble-promotion -Wvla
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(longshore_options INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wextra-semi)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(longshore_options INTERFACE -Wthread-safety)
endif()
if(LONGSHORE_SANITIZE)
  target_compile_options(longshore_options INTERFACE -fsanitize=${LONGSHORE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(longshore_options INTERFACE -fsanitize=${LONGSHORE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's manual, -fsanitize: instrumentation makes it see uninitialised values where there are none. The other
    # presets keep the warning.
    target_compile_options(longshore_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(LONGSHORE_TIDY)
  find_program(CLANG_TIDY NAMES clang-tidy-14 clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY} --quiet)
endif()

# longshore_layer(name SOURCES a.cc ... DEPS target ...)
function(longshore_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC longshore_options ${ARG_DEPS})
endfunction()

# doctest's own code takes longer to compile than most tests: once for all of them.
if(LONGSHORE_TESTS)
  add_library(longshore_doctest_main OBJECT ${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cc)
  target_link_libraries(longshore_doctest_main PUBLIC longshore_options doctest::doctest)
endif()

# longshore_unit_test(name SOURCES a_test.cc ... DEPS target ...): one doctest binary and one ctest entry.
function(longshore_unit_test name)
  if(NOT LONGSHORE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE longshore_doctest_main ${ARG_DEPS})
  add_test(NAME unit/${name} COMMAND ${name} --no-path-filenames=true)
  set_tests_properties(unit/${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()
