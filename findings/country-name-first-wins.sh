#!/usr/bin/env bash
# npm i18n-iso-countries 7.14.0
#
# Expected: a name that the package's own list gives to two countries has no
# code, as a name that is not in the list has none.
# Seen: whichever country stands first in the list has it. "Congo" is CG, also
# for who means CD; in Maldivian the names of Morocco, Mongolia and Malaysia
# stand at Montserrat, Monaco and Malawi as well and lead there, so that the
# usual name of MA, MN and MY does not come back as MA, MN and MY.
# For whom: "the country is called X, which code is it" without a look at
# whether the code's name is X again. Go over getNames with select: "all" and
# refuse what is there twice.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm init -y
quiet npm install --no-audit --no-fund --loglevel=error i18n-iso-countries@7.14.0

cat > main.cjs <<'END'
const countries = require("i18n-iso-countries");
for (const language of ["en", "ga", "pt", "sq", "dv"]) {
  countries.registerLocale(require(`i18n-iso-countries/langs/${language}.json`));
  const holders = new Map();
  for (const [code, names] of Object.entries(countries.getNames(language, { select: "all" })))
    for (const name of new Set(names)) holders.set(name, [...(holders.get(name) ?? []), code]);
  for (const [name, codes] of holders)
    if (codes.length > 1) console.log(`${language} ${codes.join(" and ")}: ${countries.getAlpha2Code(name, language)}`);
}
console.log(`unknown: ${countries.getAlpha2Code("Atlantis", "en")}`);
END
got=$(node main.cjs 2> log) || { cat log; exit 1; }
want='en CG and CD: CG
ga CG and CD: CG
pt MF and SX: MF
sq MF and SX: MF
dv MW and MY: MW
dv MC and MN: MC
dv MS and MA: MS
unknown: undefined'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
