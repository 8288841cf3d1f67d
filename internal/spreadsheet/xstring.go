package spreadsheet

import (
	"regexp"
	"strconv"
	"strings"
)

// In texts of a workbook a character may stand as _xHHHH_ (ECMA-376, part 1,
// section 22.9.2.19, ST_Xstring), so that a text which looks so has its first
// character written that way.
var written = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// guarded writes a text so that it is read as it is.
func guarded(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return written.ReplaceAllStringFunc(s, func(m string) string { return "_x005F" + m })
}

// unguarded reads such a text.
func unguarded(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return written.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseUint(m[2:6], 16, 16)
		if err != nil {
			return m
		}
		return string(rune(n))
	})
}
