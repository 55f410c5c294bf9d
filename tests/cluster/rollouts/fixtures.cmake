# Read by ctest after the list of tests: a list of fixtures doesn't get through gtest_discover_tests.
foreach(name IN LISTS cluster_rollouts_test_TESTS)
  set_tests_properties("${name}" PROPERTIES FIXTURES_REQUIRED "cluster;rollouts")
endforeach()
