# One folder, one static library, one namespace, one target. `./dev tidy` reads these
# calls: they are the declared dependencies that every #include is held against.

# tesseras_library(NAME SOURCES a.cpp ... [DEPENDS base ...] [PRIVATE_LIBS Foo::Foo ...])
function(tesseras_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_LIBS" ${ARGN})
  add_library(tesseras_${name} STATIC ${arg_SOURCES})
  add_library(tesseras::${name} ALIAS tesseras_${name})
  target_include_directories(tesseras_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_compile_options(tesseras_${name} PRIVATE ${TESSERAS_WARNINGS})
  target_link_libraries(tesseras_${name} PUBLIC PkgConfig::fmt)
  foreach(dependency IN LISTS arg_DEPENDS)
    target_link_libraries(tesseras_${name} PUBLIC tesseras::${dependency})
  endforeach()
  foreach(library IN LISTS arg_PRIVATE_LIBS)
    target_link_libraries(tesseras_${name} PRIVATE ${library})
  endforeach()
endfunction()

# tesseras_test(LIBRARY SOURCES a_test.cpp ... [PRIVATE_LIBS Foo::Foo ...] [TIMEOUT SECONDS])
# The tests of a library link that library, and nothing that it does not declare itself.
function(tesseras_test library)
  if(NOT TESSERAS_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;PRIVATE_LIBS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${library}_test ${arg_SOURCES})
  target_compile_options(${library}_test PRIVATE ${TESSERAS_WARNINGS})
  # Only where it is used: a path in the flags of every test would keep ccache from serving
  # one checkout with the objects of another.
  foreach(source IN LISTS arg_SOURCES)
    file(STRINGS "${source}" uses REGEX "TESSERAS_SOURCE_DIR" LIMIT_COUNT 1)
    if(uses)
      set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_DEFINITIONS
        TESSERAS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    endif()
  endforeach()
  target_link_libraries(${library}_test PRIVATE
    tesseras::${library} GTest::gtest GTest::gmock GTest::gtest_main ${arg_PRIVATE_LIBS})
  gtest_discover_tests(${library}_test TEST_PREFIX "${library}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
