package tcxc_test

import (
	"fmt"
	"testing"

	"didops/internal/exchange/tcxc"
)

// TestCountryOfRow holds that digits which can be of one country only decide
// where a number is, that what a row says decides among those that share them,
// and that no row makes its number one of a country that it can't be of.
func TestCountryOfRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ number, code, name, iso, shown string }{
		{"85221234567", "", "China (Hong Kong)", "HK", "Hong Kong"},
		{"85221234567", "cn", "China (Hong Kong)", "HK", "Hong Kong"},
		{"85221234567", "", "China", "HK", "Hong Kong"},
		{"240222123456", "", "Guinea (Equatorial)", "GQ", "Equatorial Guinea"},
		{"240222123456", "gn", "Guinea", "GQ", "Equatorial Guinea"},
		{"211912345678", "", "Sudan (South)", "SS", "South Sudan"},
		{"17875550123", "", "USA (Puerto Rico)", "PR", "Puerto Rico"},
		{"17875550123", "us", "United States of America", "PR", "Puerto Rico"},
		{"971501234567", "", "Atlantis", "AE", "United Arab Emirates"},
		{"971501234567", "", "", "AE", "United Arab Emirates"},
		{"442890185012", "", "Ireland (Northern)", "GB", "United Kingdom"},
		{"18005550123", "jm", "Jamaica", "JM", "Jamaica"},
		{"18005550123", "", "JAMAICA", "JM", "Jamaica"},
		{"18005550123", "", "USA (Puerto Rico)", "PR", "Puerto Rico"},
		{"18005550123", "", "Canada - Toll Free", "CA", "Canada"},
		{"18005550123", "", "China (Hong Kong)", "", "China (Hong Kong)"},
		{"14045550123", "", "Georgia (USA)", "US", "United States"},
		{"590590123456", "", "Saint Martin", "MF", "Saint Martin (French part)"},
		{"18005550123", "", "Virgin Islands", "", "Virgin Islands"},
		{"18005550123", "", "1", "", "1"},
		{"18005550123", "de", "Germany", "", "Germany"},
		{"18005550123", "de", "", "", "de"},
		{"78005550123", "kz", "Kazakhstan", "KZ", "Kazakhstan"},
		{"78005550123", "ru", "", "RU", "Russia"},
		{"74955550123", "kz", "Kazakhstan", "RU", "Russia"},
		{"88312345678", "us", "Usa", "", "Usa"},
	} {
		row := fmt.Sprintf(`{"i_did":"1","number":%q,"country_code":%q,"country_name":%q,"monthly_fee":"1","setup_fee":"1"}`, tt.number, tt.code, tt.name)
		page, err := tcxc.NewDecoder().Market(answerOf(row))
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("%s: got %d rows, %v", row, len(page.Rows), err)
		}
		if got := page.Rows[0]; got.Country != tt.iso || got.CountryName != tt.shown {
			t.Errorf("+%s, %q, %q: got %q, %q, want %q, %q", tt.number, tt.code, tt.name, got.Country, got.CountryName, tt.iso, tt.shown)
		}
	}
}
