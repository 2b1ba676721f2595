"""module.py MODULE: prints NAME;CMAKE_FOLDER;KCONFIG of a module of Zephyr, and knows no other keys."""
import os
import sys

import yaml

module = sys.argv[1]
with open(f'{module}/zephyr/module.yml', encoding='utf-8') as f:
    said = yaml.safe_load(f)
build = said['build']
assert set(said) <= {'name', 'build', 'samples'}, said
assert set(build) <= {'cmake', 'kconfig', 'depends'}, build
cmake, kconfig = (os.path.join(module, build[key]) for key in ('cmake', 'kconfig'))
assert os.path.isfile(f'{cmake}/CMakeLists.txt') and os.path.isfile(kconfig)
assert all(os.path.isdir(os.path.join(module, folder)) for folder in said.get('samples', []))
print(said['name'], cmake, kconfig, sep=';', end='')
