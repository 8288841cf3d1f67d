#!/usr/bin/env bash
# Go github.com/nyaruka/phonenumbers v1.8.1 (the data of libphonenumber)
#
# Expected: a freephone number of +1, which no one country owns, has no region
# or a shared one; the example that the data gives for a country and type is a
# number of that country.
# Seen: +1 800 is valid for all 25 regions of +1, and its region is "US" and
# nothing else. The data's own toll-free examples of 37 regions belong to a
# neighbour by it: Canada's is "US", Kazakhstan's "RU", Guernsey's "GB".
# For whom: "toll-free numbers in Canada", then keep what has region CA: none
# is left, with no error. Ask IsValidNumberForRegion for these types.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

func main() {
	n, err := phonenumbers.Parse("+18005550199", "")
	if err != nil {
		panic(err)
	}
	var valid, moved []string
	for _, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		if phonenumbers.IsValidNumberForRegion(n, region) {
			valid = append(valid, region)
		}
		example := phonenumbers.GetExampleNumberForType(region, phonenumbers.TOLL_FREE)
		if example == nil {
			continue
		}
		if got := phonenumbers.GetRegionCodeForNumber(example); got != region {
			moved = append(moved, region+">"+got)
		}
	}
	fmt.Println("+18005550199: region", phonenumbers.GetRegionCodeForNumber(n))
	fmt.Println("valid for", len(valid), "regions:", strings.Join(valid, " "))
	fmt.Println("toll-free examples of", len(moved), "regions:", strings.Join(moved, " "))
}
END
quiet go mod init finding
quiet go get github.com/nyaruka/phonenumbers@v1.8.1

got=$(go run . 2> log) || { cat log; exit 1; }
want='+18005550199: region US
valid for 25 regions: AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MP MS PR SX TC TT US VC VG VI
toll-free examples of 37 regions: AG>US AI>US AS>US AX>FI BB>US BL>GP BM>US BS>US CA>US CC>AU CX>AU DM>US DO>US EH>MA GD>US GG>GB GU>US IM>GB JE>GB JM>US KN>US KY>US KZ>RU LC>US MF>GP MP>US MS>US PR>US SJ>NO SX>US TC>US TT>US VA>IT VC>US VG>US VI>US YT>RE'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
