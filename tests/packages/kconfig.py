"""kconfig.py FOLDER CONF [[-]KCONFIG ...]: reads CONF by the Kconfig files, and writes config.cmake and autoconf.h to FOLDER.
One with a - is of another release: a module may name what it declares, and it is not there.

What an sdkconfig sets and no Kconfig declares belongs to the rest of ESP-IDF, so it is declared here. Zephyr refuses a
prj.conf with a name that nobody declares. Warnings are errors."""
import os
import re
import sys

import kconfiglib

def declared_by(files):
    return set(re.findall(r'^(?:menu)?config (\w+)', '\n'.join(open(f, encoding='utf-8').read() for f in files), re.M))


folder, conf, *kconfigs = sys.argv[1:]
elsewhere = declared_by(k[1:] for k in kconfigs if k.startswith('-'))
kconfigs = [k for k in kconfigs if not k.startswith('-')]
declared = declared_by(kconfigs)
top = []
settings = re.findall(r'^CONFIG_(\w+)=(.*)$', open(conf, encoding='utf-8').read(), re.M) if os.path.exists(conf) else []
for name, value in settings:
    if name not in declared and not conf.endswith('/prj.conf'):
        top.append(f'config {name}\n\t{"bool" if value in "yn" else "int"} "{name}"\n')
top += [f'source "{k}"\n' for k in kconfigs]
with open(f'{folder}/Kconfig', 'w', encoding='utf-8') as f:
    f.writelines(top)
os.environ['KCONFIG_WARN_UNDEF'] = os.environ['KCONFIG_WARN_UNDEF_ASSIGN'] = 'y'
k = kconfiglib.Kconfig(f'{folder}/Kconfig', warn_to_stderr=False)
if os.path.exists(conf):
    k.load_config(conf)
k.write_autoconf(f'{folder}/autoconf.h')
with open(f'{folder}/config.cmake', 'w', encoding='utf-8') as f:
    for symbol in k.unique_defined_syms:
        if symbol.str_value != 'n':
            f.write(f'set(CONFIG_{symbol.name} "{symbol.str_value}")\n')
undefined = {f'warning: undefined symbol {name}:' for name in elsewhere}
wrong = [w for w in k.warnings if 'set more than once' not in w and w.split('\n')[0] not in undefined]
for name, value in settings:
    if name in k.syms and k.syms[name].str_value != value:
        wrong.append(f'{name} is {k.syms[name].str_value}, not {value}')
sys.exit('\n'.join(wrong) if wrong else 0)
