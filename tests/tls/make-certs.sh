#!/bin/bash
# make-certs.sh OUTDIR: certification authorities and server certificates, good and bad, by openssl(1).
#
# Each case NAME gives OUTDIR/NAME.key and OUTDIR/NAME.chain.pem (what a server sends).
# OUTDIR/roots.pem is what a client trusts: an RSA and an EC root. serve.mjs says what each case is
# for. Takes a few seconds, and nothing when OUTDIR was made by this very script before.
set -eu

out=${1:?usage: make-certs.sh OUTDIR}
version=$(sha256sum "$0" | cut -c1-16)
mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")
exec 9> "$out.lock"
flock 9 # the folder itself is removed and made below

# Made before, by this version, and the short-lived ones among the good still live for a day.
current() {
  [ "$(cat "$out/VERSION" 2> /dev/null)" = "$version" ] &&
    openssl x509 -checkend 86400 -noout -in "$out/good-rsa.crt" > /dev/null
}
if current; then exit 0; fi
echo "making test certificates in $out ..."
rm -rf "$out"
mkdir -p "$out"
cd "$out"
umask 077

mkdir .db
: > .db/index.txt
echo 1000 > .db/serial
cat > .db/ca.cnf << 'CONF'
[ca]
default_ca = lab
[lab]
dir = .db
database = .db/index.txt
serial = .db/serial
new_certs_dir = .db
policy = policy
unique_subject = no
copy_extensions = none
[policy]
commonName = supplied
CONF

day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
past=$(day '-1 day')
future=$(day '+10 years')
here='DNS:localhost,IP:127.0.0.1,IP:::1'

quiet() { "$@" 2> .db/log || { cat .db/log >&2; exit 1; }; }

new_key() { # FILE ALGORITHM
  case $2 in
    rsa*) quiet openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1" ;;
    ed25519) quiet openssl genpkey -algorithm ED25519 -out "$1" ;;
    *) quiet openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1" ;;
  esac
}

# One key an algorithm serves all leaves: what is judged is the certificate, and keys take long.
key_for() { # NAME ALGORITHM
  [ -f ".db/$2.key" ] || new_key ".db/$2.key" "$2"
  cp ".db/$2.key" "$1.key"
}

sign() { # NAME CN ISSUER ("self" for none), extensions on stdin
  local by=(-cert "$3.crt" -keyfile "$3.key")
  [ "$3" != self ] || by=(-selfsign -keyfile "$1.key")
  cat > .db/ext
  quiet openssl req -new -key "$1.key" -subj "/CN=$2" -out .db/csr
  quiet openssl ca -batch -notext -config .db/ca.cnf -md "${digest:-sha256}" "${by[@]}" -in .db/csr \
    -out "$1.crt" -startdate "${start:-$past}" -enddate "${end:-$future}" -extfile .db/ext
}

authority() { # NAME ALGORITHM CN ISSUER [PATHLEN] [EXTENSION]
  new_key "$1.key" "$2"
  sign "$1" "$3" "$4" << EXT
basicConstraints = critical, CA:TRUE${5:+, pathlen:$5}
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
${6:-}
EXT
}

# leaf NAME ISSUER [SAN]; variables: algorithm, name, usage, extended, extension, chain, and sign()'s.
leaf() {
  local eku=${extended-serverAuth} # empty: no such extension
  key_for "$1" "${algorithm:-rsa2048}"
  sign "$1" "${name:-localhost}" "$2" << EXT
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
keyUsage = critical, ${usage:-digitalSignature}
${eku:+extendedKeyUsage = $eku}
${3:+subjectAltName = $3}
${extension:-}
EXT
  cat "$1.crt" > "$1.chain.pem"
  for above in ${chain:-}; do cat "$above.crt" >> "$1.chain.pem"; done
}

authority root rsa2048 'Lab Root' self
authority root-ec P-256 'Lab EC Root' self
authority root-unknown rsa2048 'Unknown Root' self
authority root-fake rsa2048 'Lab Root' self # the trusted root's name over another key
authority inter rsa2048 'Lab Intermediate' root 0
# Constrained roots are a company's own. Critical or not makes no difference.
authority root-nc P-256 'Lab Constrained Root' self '' \
  'nameConstraints = critical, permitted;DNS:localhost, permitted;IP:127.0.0.0/255.0.0.0, permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
authority root-nc-other P-256 'Lab Other Constrained Root' self '' 'nameConstraints = permitted;DNS:allowed.test'
cat root.crt root-ec.crt root-nc.crt root-nc-other.crt > roots.pem

# ---- A client accepts these.
leaf good-rsa root "$here"
algorithm=P-256 leaf good-ecdsa root-ec "$here"
algorithm=P-384 leaf good-p384 root "$here"
algorithm=rsa4096 leaf good-rsa4096 root "$here"
digest=sha384 leaf sha384 root "$here"
extended='' leaf no-eku root "$here"
leaf hidden root 'DNS:only-the-proxy.knows.test' # for a server behind a proxy
chain=inter leaf inter-ok inter "$here"
leaf ip-san root 'IP:127.0.0.1' # for https://127.0.0.1, and not for https://localhost

# For a clock after the end of 32 bits.
end=$(day 2050-06-01) authority root-2050 P-256 'Lab Root Until 2050' self
end=$(day 2050-06-01) algorithm=P-256 leaf until-2050 root-2050 "$here"

# Chains as a device meets them: of one kind all through, and one in the shape of Microsoft's, with a
# large intermediate and a leaf of many names and extensions.
digest=sha384 authority root-p384 P-384 'Lab P-384 Root' self
digest=sha384 authority inter-p384 P-384 'Lab P-384 Intermediate' root-p384 0
authority inter-p256 P-256 'Lab P-256 Intermediate' root-ec 0
web='authorityInfoAccess = caIssuers;URI:http://cacerts.lab.test/LabGlobalRoot.crt, OCSP;URI:http://ocsp.lab.test'
digest=sha384 authority inter-azure rsa4096 'Lab TLS Issuing CA 07' root 0 "extendedKeyUsage = serverAuth, clientAuth
authorityKeyIdentifier = keyid
$web
crlDistributionPoints = URI:http://crl3.lab.test/LabGlobalRoot.crl
certificatePolicies = 2.23.140.1.2.1, 2.23.140.1.2.2"
algorithm=P-256 digest=sha384 chain=inter-p384 leaf p384-chain inter-p384 "$here"
algorithm=P-256 chain=inter-p256 leaf p256-chain inter-p256 "$here"
names=$here
for n in {1..25}; do names="$names, DNS:login$n.tenant-region.microsoftonline-p.lab.test"; done
digest=sha384 chain=inter-azure extension=$web leaf azure inter-azure "$names"

above=root path=
for depth in 1 2 3 4 5 6; do
  authority "deep$depth" rsa2048 "Lab Deep $depth" "$above"
  above=deep$depth path="deep$depth $path"
done
chain=$path leaf deep-chain deep6 "$here"

# ---- Chains whose authorities are limited, good and bad (serve.mjs says which).
limited() { # NAME EXTENSION [SAN]: a server under an authority that has this extension
  authority "inter-$1" P-256 "Lab $1" root 0 "$2"
  algorithm=P-256 chain=inter-$1 leaf "$1" "inter-$1" "${3:-$here}"
}
limited eku-server 'extendedKeyUsage = serverAuth, clientAuth'
limited eku-any 'extendedKeyUsage = anyExtendedKeyUsage'
limited eku-smime 'extendedKeyUsage = clientAuth, emailProtection'
limited eku-critical-smime 'extendedKeyUsage = critical, emailProtection'
here4='IP:127.0.0.0/255.0.0.0' here6='IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' ten='IP:10.0.0.0/255.0.0.0'
limited nc-here "nameConstraints = permitted;DNS:localhost, permitted;$here4, permitted;$here6"
limited nc-other 'nameConstraints = permitted;DNS:allowed.test'
limited nc-critical 'nameConstraints = critical, permitted;DNS:localhost'
limited nc-excluded 'nameConstraints = excluded;DNS:localhost'
limited nc-excluded-other 'nameConstraints = excluded;DNS:excluded.test'
limited nc-all-excluded "nameConstraints = excluded;$here4, excluded;DNS:excluded.test"
limited nc-ip "nameConstraints = permitted;$here4, permitted;$here6"
limited nc-ip-other "nameConstraints = permitted;$ten"
limited nc-ip-excluded "nameConstraints = excluded;$ten"
limited nc-one-of-two 'nameConstraints = permitted;DNS:localhost' 'DNS:localhost, DNS:outside.test'
limited nc-wildcard 'nameConstraints = excluded;DNS:www.excluded.test' 'DNS:localhost, DNS:*.excluded.test'
limited nc-email 'nameConstraints = permitted;email:allowed.test'
limited nc-directory 'nameConstraints = permitted;dirName:directory
[directory]
CN = localhost'
limited nc-directory-other 'nameConstraints = permitted;dirName:directory
[directory]
CN = somebody else'
algorithm=P-256 leaf nc-root root-nc "$here"
algorithm=P-256 leaf nc-root-other root-nc-other "$here"
# Constraints of the upper authority hold below the lower one.
authority inter-nc-upper P-256 'Lab Upper' root '' 'nameConstraints = permitted;DNS:allowed.test'
authority inter-nc-lower P-256 'Lab Lower' inter-nc-upper 0
algorithm=P-256 chain='inter-nc-lower inter-nc-upper' leaf nc-upper inter-nc-lower "$here"
# What was sent, and in what order.
chain='deep2 deep1' leaf in-order deep2 "$here"
chain='deep1 deep2' leaf shuffled deep2 "$here"
chain='inter-p256 deep2 deep1' leaf unrelated deep2 "$here"
chain='deep2' leaf upper-missing deep2 "$here"

# ---- What clients show to servers that ask, and the authority that such a server trusts.
authority root-client P-256 'Lab Client Root' self
authority inter-client P-256 'Lab Client Intermediate' root-client 0
client() { extended=clientAuth name=${name:-device} leaf "$@"; }
algorithm=P-256 client client-ec root-client
client client-rsa root-client
algorithm=P-384 chain=inter-client client client-chain inter-client
algorithm=P-256 name=other-device client client-other root-client
algorithm=P-256 client client-unknown root-ec
algorithm=P-256 start=$(day '-30 days') end=$(day '-2 days') client client-expired root-client

# ---- A client refuses these: the dates ...
start=$(day '-30 days') end=$(day '-1 hour') leaf expired root "$here"
start=$(day '+5 years') end=$(day '+6 years') leaf notyet root "$here"
start=$(day '-30 days') end=$(day '-2 days') authority inter-old rsa2048 'Lab Old' root
chain=inter-old leaf inter-expired inter-old "$here"

# ... the name ...
name=other.lab.test leaf wronghost root 'DNS:other.lab.test'
leaf cn-only root
leaf wildcard root 'DNS:*.localhost, DNS:*'
leaf san-suffix root 'DNS:localhostx, DNS:xlocalhost, DNS:localhost.lab.test'
leaf san-nul root 'DER:30:15:82:13:6c:6f:63:61:6c:68:6f:73:74:00:2e:6c:61:62:2e:74:65:73:74'
leaf ip-as-dns root 'DNS:127.0.0.1' # for https://127.0.0.1

# ... the issuer ...
leaf inter-missing inter "$here"
leaf unknownca root-unknown "$here"
chain=root-unknown leaf unknownca-sent root-unknown "$here"
leaf fakeca-leaf root-fake "$here"
name='Not An Authority' leaf notca root 'DNS:notca.lab.test'
chain=notca leaf by-notca notca "$here"
authority under rsa2048 'Lab Under' inter
chain='under inter' leaf pathlen under "$here"
authority constrained rsa2048 'Lab Constrained' root '' \
  'nameConstraints = critical, permitted;DNS:allowed.test'
chain=constrained leaf nameconstr constrained 'DNS:localhost'
key_for selfsigned rsa2048
quiet openssl req -x509 -new -key selfsigned.key -subj /CN=localhost -days 90 \
  -addext "subjectAltName=$here" -addext basicConstraints=critical,CA:FALSE -out selfsigned.chain.pem

# ... what it may be used for ...
extended=clientAuth leaf wrong-eku root "$here"
usage=keyAgreement leaf wrong-ku root "$here"
extension='1.2.3.4.5.6.7.8.9 = critical, DER:05:00' leaf crit-ext root "$here"

# ... and the cryptography.
digest=sha1 leaf sha1 root "$here"
algorithm=rsa1024 leaf rsa1024 root "$here"
algorithm=ed25519 leaf ed25519 root "$here"
algorithm=secp256k1 leaf k256 root "$here"
authority inter-k256 secp256k1 'Lab Odd Curve' root
algorithm=P-256 chain=inter-k256 leaf k256-inter inter-k256 "$here"
# The last bit of the signature flipped.
openssl x509 -in good-rsa.crt -outform DER -out .db/der
size=$(($(stat -c %s .db/der) - 1))
last=$(tail -c 1 .db/der | od -An -tu1)
{ head -c "$size" .db/der; printf '%b' "\\x$(printf %02x $((last ^ 1)))"; } > .db/flipped
openssl x509 -inform DER -in .db/flipped -out badsig.chain.pem
cp good-rsa.key badsig.key

rm -r .db
echo "$version" > VERSION
