# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# unit     base and policy alone, with ASan and UBSan; no root
#          (proof/: what they and the kernel tests are held against)
# golden   policies beside what must come of them (also unit)
# kernel   real cgroups, real sockets, in a network namespace of the test; link the engine
# e2e      the program, as a user would type it
# style    the laws of the house

set(TEST_DIR ${CMAKE_CURRENT_SOURCE_DIR}/tests)
option(EG_SANITIZE "unit tests under ASan and UBSan" ON)

# ---- proof ----
file(GLOB proof_sources CONFIGURE_DEPENDS ${TEST_DIR}/proof/*.c)
add_library(eg_proof STATIC ${proof_sources})
target_include_directories(eg_proof PUBLIC ${TEST_DIR}/proof)
target_link_libraries(eg_proof PUBLIC eg_policy)

# ---- unit ----
if(NOT EG_STATIC)
  pkg_check_modules(CMOCKA REQUIRED cmocka)
  foreach(layer base policy)
    file(GLOB sources CONFIGURE_DEPENDS ctl/${layer}/*.c)
    add_library(eg_${layer}-unit STATIC ${sources})
    target_include_directories(eg_${layer}-unit PUBLIC include ctl)
    if(EG_SANITIZE)
      target_compile_options(eg_${layer}-unit PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=all
        -U_FORTIFY_SOURCE)
      target_link_options(eg_${layer}-unit PUBLIC -fsanitize=address,undefined)
    endif()
  endforeach()
  target_link_libraries(eg_base-unit PUBLIC ${JANSSON_LIBRARIES})
  target_link_libraries(eg_policy-unit PUBLIC eg_base-unit ${INIH_LIBRARIES})
  add_library(eg_proof-unit STATIC ${proof_sources})
  target_include_directories(eg_proof-unit PUBLIC ${TEST_DIR}/proof)
  target_link_libraries(eg_proof-unit PUBLIC eg_policy-unit)
  foreach(layer base policy)
    file(GLOB tests CONFIGURE_DEPENDS ${TEST_DIR}/unit/${layer}/test_*.c)
    foreach(test ${tests})
      get_filename_component(name ${test} NAME_WE)
      add_executable(unit_${layer}_${name} ${test})
      target_include_directories(unit_${layer}_${name} PRIVATE ${TEST_DIR}/unit/${layer})
      target_link_libraries(unit_${layer}_${name} PRIVATE eg_${layer}-unit ${CMOCKA_LIBRARIES})
      if(layer STREQUAL policy)
        target_link_libraries(unit_${layer}_${name} PRIVATE eg_proof-unit)
      endif()
      add_test(NAME unit/${layer}/${name} COMMAND unit_${layer}_${name} WORKING_DIRECTORY ${TEST_DIR}/unit/${layer})
      set_tests_properties(unit/${layer}/${name} PROPERTIES TIMEOUT 120 LABELS unit)
    endforeach()
  endforeach()
  add_executable(golden ${TEST_DIR}/golden/golden.c)
  target_link_libraries(golden PRIVATE eg_policy-unit)
  file(GLOB topics LIST_DIRECTORIES true RELATIVE ${TEST_DIR}/golden CONFIGURE_DEPENDS ${TEST_DIR}/golden/*)
  list(REMOVE_ITEM topics golden.c)
  foreach(topic ${topics})
    add_test(NAME golden/${topic} COMMAND golden ${TEST_DIR}/golden/${topic})
    set_tests_properties(golden/${topic} PROPERTIES TIMEOUT 120 LABELS "unit;golden")
  endforeach()
endif()

# ---- kernel ----
file(GLOB lib_sources CONFIGURE_DEPENDS ${TEST_DIR}/lib/eg*.c)
file(GLOB tests CONFIGURE_DEPENDS ${TEST_DIR}/kernel/kernel_*.c)
if(lib_sources)
  add_library(eg_test STATIC ${lib_sources})
  target_include_directories(eg_test PUBLIC ${TEST_DIR}/lib)
  target_include_directories(eg_test SYSTEM PRIVATE ${LIBNL_INCLUDE_DIRS})
  target_link_libraries(eg_test PUBLIC eg_engine)
  foreach(test ${tests})
    get_filename_component(name ${test} NAME_WE)
    add_executable(${name} ${test})
    target_link_libraries(${name} PRIVATE eg_test eg_proof)
    add_dependencies(${name} egressctl)
    if(name STREQUAL kernel_kill)
      add_dependencies(${name} egressctl-fault)
    endif()
    add_test(NAME kernel/${name} COMMAND ${name})
    set_tests_properties(kernel/${name} PROPERTIES TIMEOUT 300 LABELS kernel RUN_SERIAL ON)
    list(APPEND STATIC_TARGETS ${name})
  endforeach()
endif()

# ---- e2e ----
list(APPEND STATIC_TARGETS probe)
if(NOT EG_STATIC)
  file(GLOB tests RELATIVE ${TEST_DIR}/e2e CONFIGURE_DEPENDS ${TEST_DIR}/e2e/*/*.sh)
  foreach(test ${tests})
    string(REGEX REPLACE "[.]sh$" "" name ${test})
    add_test(NAME e2e/${name} COMMAND bash ${TEST_DIR}/e2e/${test})
    set_tests_properties(e2e/${name} PROPERTIES TIMEOUT 180 LABELS e2e RUN_SERIAL ON
      ENVIRONMENT "EG_BUILD=${CMAKE_CURRENT_BINARY_DIR};EG_SOURCE=${CMAKE_CURRENT_SOURCE_DIR}")
  endforeach()
endif()

# ---- bench ----
file(GLOB benches CONFIGURE_DEPENDS ${TEST_DIR}/bench/bench_*.c)
foreach(bench ${benches})
  get_filename_component(name ${bench} NAME_WE)
  add_executable(${name} ${bench})
  target_link_libraries(${name} PRIVATE eg_engine m)
endforeach()

# ---- style ----
file(GLOB tests RELATIVE ${TEST_DIR}/style CONFIGURE_DEPENDS ${TEST_DIR}/style/*.sh)
foreach(test ${tests})
  string(REGEX REPLACE "[.]sh$" "" name ${test})
  add_test(NAME style/${name} COMMAND bash ${TEST_DIR}/style/${test} ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
  set_tests_properties(style/${name} PROPERTIES TIMEOUT 600 LABELS style)
endforeach()

# What an initramfs needs, in one folder.
if(EG_STATIC)
  set_target_properties(egressctl egressctl-fault ${STATIC_TARGETS} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/static)
endif()
