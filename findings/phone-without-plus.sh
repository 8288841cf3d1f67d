#!/usr/bin/env bash
# Go github.com/nyaruka/phonenumbers v1.8.1 (the data of libphonenumber)
#
# Expected: a whole international number that lost its plus is caught as
# invalid when it is read with the wrong default country.
# Seen: it is taken for a valid number of that country. Germany allows up to 15
# digits, so nearly everything is a German number; a French one is a mobile of
# Italy, a Swedish one a number of Austria, an American freephone number one of
# India or Singapore. Only with the number's own country is it read as meant.
# For whom: exchanges list numbers without the plus and spreadsheets drop it.
# A default country buys or routes another number, and IsValidNumber says yes:
# put the plus before, and leave the default empty.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"fmt"

	"github.com/nyaruka/phonenumbers"
)

func main() {
	for _, in := range [][2]string{
		{"442079460958", "GB"}, {"442079460958", "DE"}, {"12025550143", "US"}, {"12025550143", "AT"},
		{"33199000123", "FR"}, {"33199000123", "IT"}, {"46313900600", "SE"}, {"46313900600", "AT"},
		{"18005550199", "US"}, {"18005550199", "IN"}, {"18005550199", "SG"},
	} {
		n, err := phonenumbers.Parse(in[0], in[1])
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s with %s: %s, valid %v\n", in[0], in[1], phonenumbers.Format(n, phonenumbers.E164), phonenumbers.IsValidNumber(n))
	}
}
END
quiet go mod init finding
quiet go get github.com/nyaruka/phonenumbers@v1.8.1

got=$(go run . 2> log) || { cat log; exit 1; }
want='442079460958 with GB: +442079460958, valid true
442079460958 with DE: +49442079460958, valid true
12025550143 with US: +12025550143, valid true
12025550143 with AT: +4312025550143, valid true
33199000123 with FR: +33199000123, valid true
33199000123 with IT: +3933199000123, valid true
46313900600 with SE: +46313900600, valid true
46313900600 with AT: +4346313900600, valid true
18005550199 with US: +18005550199, valid true
18005550199 with IN: +9118005550199, valid true
18005550199 with SG: +6518005550199, valid true'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
