package spreadsheet

import "strings"

// look is what the format of a number does to it before a person sees it.
type look struct {
	zeros   int    // digits that it is filled up to with zeros in front
	problem string // why what is shown is not what is held; "" = it is
}

// styles reads the looks of the workbook's styles.
func (w *workbook) styles() error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(w.styled, &styles); err != nil {
		return err
	}
	codes := make(map[int]string, len(styles.Formats))
	for _, f := range styles.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range styles.Cells {
		code, own := codes[c.Format]
		switch {
		case own:
			w.looks = append(w.looks, lookOf(code))
		case builtInDate(c.Format):
			w.looks = append(w.looks, look{problem: isDate})
		case c.Format == 9 || c.Format == 10:
			w.looks = append(w.looks, look{problem: isPercent})
		default:
			w.looks = append(w.looks, look{})
		}
	}
	return nil
}

const (
	isDate    = "is a date or a time"
	isPercent = "is a percentage"
	addsDigit = "has a format that shows digits which the cell does not hold: format it as text and type the number in full"
	scaled    = "has a format that shows fewer digits than the cell holds: format it as text and type the number in full"
)

// builtInDate reports the dates and times among the formats that have no code:
// ECMA-376, part 1, section 18.8.30, those of East Asia among them.
func builtInDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// lookOf reads a format's code: ECMA-376, part 1, section 18.8.31.
func lookOf(code string) look {
	literals, codes := section(code)
	codes = strings.ReplaceAll(strings.ToLower(codes), "general", "")
	whole := codes
	if i := strings.IndexAny(codes, ".e"); i >= 0 {
		whole = codes[:i]
	}
	switch {
	case strings.ContainsAny(codes, "ymdhs"):
		return look{problem: isDate}
	case strings.Contains(codes, "%"):
		return look{problem: isPercent}
	case strings.ContainsAny(literals, "0123456789") || strings.ContainsAny(codes, "123456789"):
		return look{problem: addsDigit}
	case scales(codes):
		return look{problem: scaled}
	}
	return look{zeros: strings.Count(whole, "0")}
}

// scales reports a comma behind digits and before none, which leaves out three.
func scales(codes string) bool {
	const digits = "0#?"
	for i := 1; i < len(codes); i++ {
		behind := strings.TrimLeft(codes[i:], ",")
		if codes[i] == ',' && strings.IndexByte(digits, codes[i-1]) >= 0 && (behind == "" || strings.IndexByte(digits, behind[0]) < 0) {
			return true
		}
	}
	return false
}

// section parts that of positive numbers, which comes first, into what is shown
// as it stands and what has a meaning. Colours and conditions are left out, and
// of what is between brackets a time that goes beyond its hours is kept.
func section(code string) (literals, codes string) {
	var text, meant strings.Builder
	for code != "" && code[0] != ';' {
		first, rest := code[0], code[1:]
		switch first {
		case '"':
			inner, behind, _ := strings.Cut(rest, `"`)
			text.WriteString(inner)
			rest = behind
		case '[':
			inner, behind, _ := strings.Cut(rest, "]")
			if strings.Trim(inner, "hmsHMS") == "" {
				meant.WriteString(inner)
			}
			rest = behind
		case '\\', '_', '*':
			if first == '\\' {
				text.WriteString(rest[:min(1, len(rest))])
			}
			rest = rest[min(1, len(rest)):]
		default:
			meant.WriteByte(first)
		}
		code = rest
	}
	return text.String(), meant.String()
}
