# Finds Mbed TLS where there is no package of its own for CMake, as in Debian 12: find_package(MbedTLS 2.28). Gives
# the target MbedTLS::mbedtls, with the two libraries below it, and MbedTLS_VERSION. Where the project has that target
# already, only the version is found: in the target's headers, or else MbedTLS_VERSION says it.
#
# MbedTLS_ROOT is the folder that has include/ and lib/ (or library/, of a source tree that was built in place).
# Where one is named, no other is looked for. Headers and libraries are of one folder, unless MbedTLS_INCLUDE_DIR,
# mbedtls_LIBRARY, mbedx509_LIBRARY and mbedcrypto_LIBRARY name them.
include(FindPackageHandleStandardArgs)

if(TARGET MbedTLS::mbedtls)
  get_target_property(headers MbedTLS::mbedtls INTERFACE_INCLUDE_DIRECTORIES)
  string(REGEX REPLACE "\\$<BUILD_INTERFACE:([^>]*)>" "\\1" headers "${headers}")
  set(needed MbedTLS_VERSION)
else()
  if(NOT MbedTLS_ROOT AND DEFINED ENV{MbedTLS_ROOT})
    set(MbedTLS_ROOT $ENV{MbedTLS_ROOT})
  elseif(NOT MbedTLS_ROOT AND MbedTLS_DIR) # the folder of a package of its own: PREFIX/lib/cmake/MbedTLS
    get_filename_component(MbedTLS_ROOT ${MbedTLS_DIR}/../../.. ABSOLUTE)
  endif()
  if(DEFINED MbedTLS_LAST_ROOT AND NOT "${MbedTLS_ROOT}" STREQUAL "${MbedTLS_LAST_ROOT}")
    foreach(name MbedTLS_INCLUDE_DIR mbedtls_LIBRARY mbedx509_LIBRARY mbedcrypto_LIBRARY)
      unset(${name} CACHE)
    endforeach()
  endif()
  set(MbedTLS_LAST_ROOT "${MbedTLS_ROOT}" CACHE INTERNAL "")
  if(MbedTLS_ROOT)
    find_path(MbedTLS_INCLUDE_DIR mbedtls/ssl.h PATHS ${MbedTLS_ROOT}/include NO_DEFAULT_PATH)
  else()
    find_path(MbedTLS_INCLUDE_DIR mbedtls/ssl.h)
  endif()

  get_filename_component(root "${MbedTLS_INCLUDE_DIR}" DIRECTORY)
  foreach(name mbedtls mbedx509 mbedcrypto)
    find_library(${name}_LIBRARY ${name} PATHS ${root} NO_DEFAULT_PATH
      PATH_SUFFIXES lib lib/${CMAKE_LIBRARY_ARCHITECTURE} lib64 library)
  endforeach()
  set(headers ${MbedTLS_INCLUDE_DIR})
  set(needed mbedtls_LIBRARY mbedx509_LIBRARY mbedcrypto_LIBRARY MbedTLS_INCLUDE_DIR)
  unset(MbedTLS_VERSION) # of another one
endif()

foreach(folder ${headers})
  foreach(header version.h build_info.h) # of 2.x, and of 3.x
    if(EXISTS ${folder}/mbedtls/${header})
      file(STRINGS ${folder}/mbedtls/${header} line REGEX "define MBEDTLS_VERSION_STRING  *\"")
      if(line)
        string(REGEX REPLACE ".*\"(.*)\".*" "\\1" MbedTLS_VERSION "${line}")
      endif()
    endif()
  endforeach()
endforeach()
find_package_handle_standard_args(MbedTLS VERSION_VAR MbedTLS_VERSION REQUIRED_VARS ${needed})

if(MbedTLS_FOUND AND NOT TARGET MbedTLS::mbedtls)
  add_library(MbedTLS::mbedtls UNKNOWN IMPORTED GLOBAL)
  set_target_properties(MbedTLS::mbedtls PROPERTIES IMPORTED_LOCATION ${mbedtls_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${MbedTLS_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES "${mbedx509_LIBRARY};${mbedcrypto_LIBRARY}")
endif()
