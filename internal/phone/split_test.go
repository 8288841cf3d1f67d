package phone_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/phone"
)

// TestSpreadsheetForms: what a spreadsheet made of a number is refused with
// the reason, and what people write is not.
func TestSpreadsheetForms(t *testing.T) {
	t.Parallel()
	const short, decimal = "has lost digits", "ends like a decimal"
	for text, want := range map[string]string{
		"9.71502E+11": short, "9,71502E+11": short, "9.71502e11": short, "+9.71502E+11": short, "971E9": short, " 9.7E+011 ": short,
		"971501234567.0": decimal, "971501234567,0": decimal, "+971501234567.00": decimal, "97150.0": decimal, "97150.5": decimal,
		"971 501 234 567.00": decimal, "971501234567.000": decimal, "97150.0000": decimal, "97150·0": decimal, "٩٧١٥٠.٠": decimal, "971.501.234567.00": decimal,
		"+971.50.123.4567": "", "+49.30901820": "", "+33.1.42.68.53.00": "", "202.555.0123": "", "+1 (202) 555.0000": "", "971501234567.": "", "97150.1234567": "",
	} {
		if got := phone.SpreadsheetForm(text); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("SpreadsheetForm(%q): got %q, want %q", text, got, want)
		}
		if want == "" {
			continue
		}
		if got, err := phone.Digits(text); err == nil {
			t.Errorf("Digits(%q): got %s, want an error", text, got)
		}
		if got, err := phone.Prefix(text); err == nil {
			t.Errorf("Prefix(%q): got %s, want an error", text, got)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	const a, b = "971501234567", "971501234568"
	for _, tt := range []struct{ text, want, problem string }{
		{a, a, ""},
		{"+971 50 123 4567", a, ""},
		{"+" + a + " +" + b, a + " " + b, ""},
		{"+971 50 123 4567 +971 50 123 4568", a + " " + b, ""},
		{"＋" + a + "\u00a0＋" + b, a + " " + b, ""},
		{a + " " + b, a + " " + b, ""},
		{"00" + a + "\t00" + b, a + " " + b, ""},
		{a + "," + b, a + " " + b, ""},
		{a + ";" + b + "\r\n", a + " " + b, ""},
		{"971 50 123 4567\n971 50 123 4568", a + " " + b, ""},
		{"97150 1234567", a, ""},
		{"+6834000 +6834001", "6834000 6834001", ""},
		{"6834000 6834001", "", "could be one number or two"},
		{"+6834000 6834001", "", "could be one number or two"},
		{"971 50 123 4567 971 50 123 4568", "", "more than 15 digits"},
		{"+12025550123 2025550124", "", "more than 15 digits"},
		{a + " +" + b, "", "a character"},
		{"+" + a + " - +971501234570", "", "a character"},
		{"+971 50\n123 4567", "", "too short"},
		{"+97150,1234567", "", "too short"},
		{a + ",0", "", "begins with 0"},
		{"971,501,234,567", "", "fewer than 5"},
		{a + ".0 " + b + ".0", "", "decimal"},
		{a + " 9.71502E+11", "", "lost digits"},
		{"", "", "no digits"},
		{", ;", "", "a character"},
	} {
		got, err := phone.Split(tt.text)
		if strings.Join(got, " ") != tt.want || (err == nil) != (tt.problem == "") {
			t.Errorf("Split(%q): got %v, %v, want %q", tt.text, got, err, tt.want)
		}
		if err != nil {
			checkFault(t, err, "number", tt.problem)
		}
	}
}

// TestSplitNeverFindsOthers: however numbers are written and put together, what
// is read is those numbers, or nothing.
func TestSplitNeverFindsOthers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.StringMatching(`[1-9][0-9]{6,14}`), 1, 4).Draw(t, "numbers")
		var b strings.Builder
		for i, n := range want {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{" ", "  ", "\n", ",", "; ", ", ", "\t"}).Draw(t, "end"))
			}
			b.WriteString(rapid.SampledFrom([]string{"", "+", "00"}).Draw(t, "front"))
			gap := rapid.SampledFrom([]string{"", " ", "-", "\u00a0"}).Draw(t, "gap")
			for j, d := range n {
				if j > 0 && rapid.IntRange(0, 3).Draw(t, "here") == 0 {
					b.WriteString(gap)
				}
				b.WriteRune(d)
			}
		}
		got, err := phone.Split(b.String())
		if err == nil && !slices.Equal(got, want) {
			t.Fatalf("Split(%q): got %v, want %v or an error", b.String(), got, want)
		}
	})
}
