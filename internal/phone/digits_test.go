package phone_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/phone"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, problem string }{
		{"plain", "971501234567", "971501234567", ""},
		{"plus", "+971501234567", "971501234567", ""},
		{"spaces and dashes", "+971 50-123 45 67", "971501234567", ""},
		{"dots and parentheses", "+1 (202) 555.0123", "12025550123", ""},
		{"two zeros", "00971501234567", "971501234567", ""},
		{"two zeros and spaces", "00 971 50 1234567", "971501234567", ""},
		{"no-break space and en dash", "+971\u00a050\u20131234567", "971501234567", ""},
		{"from an address book", "\u202a+971501234567\u202c", "971501234567", ""},
		{"Arabic digits", "+٩٧١٥٠١٢٣٤٥٦٧", "971501234567", ""},
		{"Persian digits", "۹۷۱۵۰۱۲۳۴۵۶۷", "971501234567", ""},
		{"Devanagari digits", "९७१५०१२३४५६७", "971501234567", ""},
		{"full width", "＋９７１５０１２３４５６７", "971501234567", ""},
		{"shortest", "97150", "97150", ""},
		{"longest", "123456789012345", "123456789012345", ""},
		{"too short", "9715", "", "fewer than 5"},
		{"too long", "1234567890123456", "", "more than 15"},
		{"endless", strings.Repeat("1", 1000), "", "too long"},
		{"empty", "", "", "no digits"},
		{"plus only", "+", "", "no digits"},
		{"zeros only", "00", "", "no digits"},
		{"national", "0501234567", "", "begins with 0"},
		{"plus and zeros", "+00971501234567", "", "begins with 0"},
		{"three zeros", "000971501234567", "", "begins with 0"},
		{"trunk zero", "+44 (0)20 7946 0000", "", "(0)"},
		{"letters", "+1 800 FLOWERS", "", "a letter"},
		{"extension", "+12025550123x5", "", "a letter"},
		{"extension, semicolon", "+12025550123;ext", "", "a character"},
		{"plus inside", "971+501234567", "", "a character"},
		{"two plus", "++971501234567", "", "a character"},
		{"superscript", "97150123456⁷", "", "a character"},
		{"two lines", "971501234567,971501234568", "", "a character"},
		{"invalid UTF-8", "97150\xff1234", "", "a character"},
		{"area code behind a slash", "+49 30/23125012", "493023125012", ""},
		{"slashes between groups", "+49/30/23125012", "493023125012", ""},
		{"pairs behind dashes", "+1 202 555-01-23", "12025550123", ""},
		{"extension of a group", "+49 30 2312501-2", "493023125012", ""},
		{"equal groups that begin otherwise", "+9715-0123", "97150123", ""},
		{"another ending", "+49 30 2312501/2", "", "a slash"},
		{"an ending of three", "971520545433/344", "", "a slash"},
		{"two numbers", "9715205/9715206", "", "a slash"},
		{"a slash and little", "971 50/12 3", "", "a slash"},
		{"extension of a whole number", "+971501234567-70", "", "a range"},
		{"the same with an en dash", "+12025550123 \u2013 24", "", "a range"},
		{"two ends", "9715001-9715009", "", "a range"},
		{"two ends in Arabic digits", "٩٧١٥٠٠١-٩٧١٥٠٠٩", "", "a range"},
		{"points between", "97150012..19", "", "a range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := phone.Digits(tt.in)
			if got != tt.want || (err == nil) != (tt.problem == "") {
				t.Fatalf("Digits(%q): got %q, %v, want %q", tt.in, got, err, tt.want)
			}
			if err != nil {
				checkFault(t, err, "number", tt.problem)
			}
		})
	}
}

func checkFault(t *testing.T, err error, field, part string) {
	t.Helper()
	f, ok := fault.As(err)
	if !ok || f.Code != fault.Invalid || f.Field != field || f.Hint == "" || !strings.Contains(f.Message, part) {
		t.Errorf("got %+v, want an invalid %s that %s", f, field, part)
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, problem string }{
		{"code", "971", "971", ""},
		{"one digit", "+1", "1", ""},
		{"two zeros", "0097150", "97150", ""},
		{"spaces", "+971 50", "97150", ""},
		{"letters", "97a", "", "a letter"},
		{"wildcard", "971*", "", "a character"},
		{"empty", " ", "", "no digits"},
		{"national", "050", "", "begins with 0"},
		{"too long", "1234567890123456", "", "more than 15"},
		{"a range", "97150-97155", "", "a range"},
		{"a range with spaces", "971 - 972", "", "a range"},
		{"two", "97150 97155", "", "one number or two"},
		{"another ending", "97150/1", "", "a slash"},
		{"two area codes", "97150/97155", "", "a range"},
		{"an area code", "44-20", "4420", ""},
		{"an area code of three", "+1-202", "1202", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := phone.Prefix(tt.in)
			if got != tt.want || (err == nil) != (tt.problem == "") {
				t.Fatalf("Prefix(%q): got %q, %v, want %q", tt.in, got, err, tt.want)
			}
			if err != nil {
				checkFault(t, err, "prefix", tt.problem)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	if got := phone.Format("971501234567"); got != "+971501234567" {
		t.Errorf("got %q, want +971501234567", got)
	}
	if got := phone.Format(""); got != "" {
		t.Errorf("got %q, want none", got)
	}
}

// TestEveryScript: the digits of every script that Unicode knows count, in
// their order.
func TestEveryScript(t *testing.T) {
	t.Parallel()
	scripts := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.IsDigit(r) {
			continue
		}
		got, err := phone.Digits(string([]rune{r + 9, r, r + 1, r + 2, r + 3, r + 8}))
		if want := "901238"; err != nil || got != want {
			t.Fatalf("digits of the script at %U: got %q, %v, want %q", r, got, err, want)
		}
		scripts++
		r += 9
	}
	if scripts < 60 {
		t.Errorf("got %d scripts, want at least 60", scripts)
	}
}

// TestDigitsAgree: however a number is written, it reads the same, unless it
// could be a decimal, and what was read reads as itself.
func TestDigitsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringMatching(`[1-9][0-9]{4,14}`).Draw(t, "digits")
		var b strings.Builder
		b.WriteString(rapid.SampledFrom([]string{"", "+", "00", " +"}).Draw(t, "front"))
		for _, d := range want {
			b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", ".", "\u00a0"}).Draw(t, "between"))
			b.WriteRune(d)
		}
		got, err := phone.Digits(b.String())
		if phone.SpreadsheetForm(b.String()) != "" || phone.Joined(b.String()) != "" {
			if err == nil {
				t.Fatalf("Digits(%q): got %q, want an error", b.String(), got)
			}
			return
		}
		if err != nil || got != want {
			t.Fatalf("Digits(%q): got %q, %v, want %q", b.String(), got, err, want)
		}
		again, err := phone.Digits(phone.Format(got))
		if err != nil || again != got {
			t.Fatalf("Digits(%q): got %q, %v, want the same", phone.Format(got), again, err)
		}
	})
}

func FuzzDigits(f *testing.F) {
	for _, s := range []string{"+971 50 123 4567", "00971501234567", "(0)", "٩٧١", "+1202555x5", "\xff", "000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := phone.Digits(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || got != "" {
				t.Fatalf("Digits(%q): got %q, %v", text, got, err)
			}
			return
		}
		if len(got) < 5 || len(got) > 15 || got[0] == '0' || strings.Trim(got, "0123456789") != "" {
			t.Fatalf("Digits(%q): got %q", text, got)
		}
		if p, err := phone.Prefix(text); err != nil || p != got {
			t.Fatalf("Prefix(%q): got %q, %v, want %q", text, p, err, got)
		}
	})
}
