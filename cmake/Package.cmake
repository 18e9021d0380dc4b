# What `cmake --install` and `cpack -G DEB` put where. Paths of /etc and of units are the system's, whatever the prefix.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(LONGSHORE_MAINTAINER "The Longshore authors <maintainers@longshore.example>" CACHE STRING
  "who answers for the package: NAME <ADDRESS>")
set(DEBIAN ${CMAKE_SOURCE_DIR}/deploy/debian)
find_program(GZIP gzip REQUIRED)

# compressed(source name): the gzipped file, without a time in it.
function(compressed source name)
  set(target ${CMAKE_BINARY_DIR}/package-files/${name}.gz)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/package-files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  execute_process(COMMAND ${GZIP} -9nc ${source} OUTPUT_FILE ${target} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
compressed(${DEBIAN}/longshore.1 longshore.1)
configure_file(${DEBIAN}/changelog.in ${CMAKE_BINARY_DIR}/package-files/changelog @ONLY)
compressed(${CMAKE_BINARY_DIR}/package-files/changelog changelog)

install(TARGETS longshore DESTINATION bin)
install(FILES ${CMAKE_BINARY_DIR}/package-files/longshore.1.gz DESTINATION share/man/man1)
install(FILES ${CMAKE_BINARY_DIR}/package-files/changelog.gz ${DEBIAN}/copyright CHANGELOG.md
  DESTINATION share/doc/longshore)
install(FILES ${DEBIAN}/longshore.yaml DESTINATION /etc/longshore)
install(FILES deploy/systemd/longshore.service deploy/systemd/longshore.socket DESTINATION /lib/systemd/system)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME longshore)
set(CPACK_PACKAGE_CONTACT "${LONGSHORE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pull-through cache for container images")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A mirror for the machines of one region: it answers the pulls of dockerd,
containerd, Podman and other container clients from local disk, and fetches
what it lacks from the upstream registry once.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${DEBIAN}/conffiles ${DEBIAN}/postinst ${DEBIAN}/prerm ${DEBIAN}/postrm)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)
