################################################################################
#
# moat
#
################################################################################

# For Buildroot: package/moat, with the line `source "package/moat/Config.in"` in package/Config.in, or in a
# BR2_EXTERNAL tree. `make dist` makes the source; copy it into this folder.
MOAT_VERSION = 0.1.0
MOAT_SITE = $(abspath $(MOAT_PKGDIR))
MOAT_SITE_METHOD = file
MOAT_LICENSE = MIT
MOAT_LICENSE_FILES = LICENSE
MOAT_INSTALL_STAGING = YES
MOAT_DEPENDENCIES = host-pkgconf jsmn mbedtls

MOAT_RUN_MAKE = $(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(TARGET_CONFIGURE_OPTS) \
	PREFIX=/usr JSMN=$(STAGING_DIR)/usr/include QR=

define MOAT_BUILD_CMDS
	$(MOAT_RUN_MAKE) all
endef

define MOAT_INSTALL_STAGING_CMDS
	$(MOAT_RUN_MAKE) DESTDIR=$(STAGING_DIR) install
endef

define MOAT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/moat $(TARGET_DIR)/usr/bin/moat
endef

# None of these is enabled: that is the choice of whoever builds the image.
define MOAT_INSTALL_INIT_SYSTEMD
	$(MOAT_RUN_MAKE) DESTDIR=$(@D)/installed install
	$(INSTALL) -d $(TARGET_DIR)/usr/lib
	cp -a $(@D)/installed/usr/lib/systemd $(TARGET_DIR)/usr/lib/
endef

$(eval $(generic-package))
