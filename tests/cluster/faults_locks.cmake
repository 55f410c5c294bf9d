# Read by ctest after the list of tests: a list of locks doesn't get through gtest_discover_tests.
foreach(name IN LISTS cluster_faults_test_TESTS)
  set_tests_properties("${name}" PROPERTIES RESOURCE_LOCK "cluster-one;cluster-two")
endforeach()
