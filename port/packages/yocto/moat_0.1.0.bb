# For Yocto: recipes-security/moat in a layer, besides meta-oe, which has Mbed TLS. `make dist` makes the source; copy it
# into the folder `files` beside this recipe.
SUMMARY = "OAuth 2.0 sign-in and tokens for devices"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=f807c7ace983262e52b40c9526b0a1e7"

SRC_URI = "file://moat-${PV}.tar.gz \
    https://github.com/zserge/jsmn/archive/refs/tags/v1.1.0.tar.gz;name=jsmn;downloadfilename=jsmn-1.1.0.tar.gz;subdir=${BP}"
SRC_URI[jsmn.sha256sum] = "5f0913a10657fe7ec8d5794ccf00a01000e3e1f2f1e1f143c34a0f7b47edcb38"

DEPENDS = "mbedtls"
RRECOMMENDS:${PN} = "ca-certificates"

inherit bash-completion pkgconfig

EXTRA_OEMAKE = "PREFIX=${prefix} LIBDIR=${libdir} JSMN=${S}/jsmn-1.1.0 QR="

do_compile() {
    oe_runmake all
}

do_install() {
    oe_runmake install DESTDIR=${D}
    if ! ${@bb.utils.contains('DISTRO_FEATURES', 'systemd', 'true', 'false', d)}; then
        rm -r ${D}${prefix}/lib/systemd
    fi
}

# No unit is enabled: that is the choice of whoever builds the image.
FILES:${PN} += "${prefix}/lib/systemd"

PACKAGES =+ "${PN}-fish-completion ${PN}-zsh-completion"
FILES:${PN}-fish-completion = "${datadir}/fish"
FILES:${PN}-zsh-completion = "${datadir}/zsh"
