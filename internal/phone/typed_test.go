package phone_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"didops/internal/fault"
	"didops/internal/phone"
)

// wantEach holds that each of the texts, with semicolons between them, means
// the country it stands behind.
func wantEach(t *testing.T, names map[string]string) {
	t.Helper()
	for iso, texts := range names {
		for text := range strings.SplitSeq(texts, ";") {
			wantOne(t, strings.TrimSpace(text), iso)
		}
	}
}

// TestResolveEveryTerritoryOfCLDR holds that each code that CLDR has a name for
// is understood, whether it is one of ISO 3166 or not, and its English name.
func TestResolveEveryTerritoryOfCLDR(t *testing.T) {
	t.Parallel()
	groups := []string{"AN", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
	checked := 0
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string(first) + string(second)
			region, err := language.ParseRegion(code)
			if err != nil || region.String() != code || region.Canonicalize() != region || slices.Contains(groups, code) {
				continue
			}
			text := display.English.Regions().Name(region)
			if text == "" || text == "Unknown Region" {
				continue
			}
			checked++
			for _, typed := range []string{code, text, strings.ToUpper(text)} {
				_, err := phone.Resolve(typed)
				if f, ok := fault.As(err); ok && code != "MF" && !strings.Contains(f.Message, "has no dialling code of its own") {
					t.Errorf("Resolve(%q), %s: got %v", typed, code, err)
				}
			}
		}
	}
	if checked < 250 {
		t.Errorf("got %d codes, want 250 or more", checked)
	}
	wantEach(t, map[string]string{
		"ES": "Canary Islands;Canaries;IC;Islas Canarias;Îles Canaries;Ceuta & Melilla;Ceuta and Melilla;EA;Ceuta y Melilla;Ceuta;Melilla;Spain (Canary Islands)",
		"FR": "Clipperton Island;Île Clipperton;CP;FX", "IO": "DG;Diego Garcia", "AC": "AC;Ascension Island", "TA": "TA;Tristan da Cunha", "XK": "XK;Kosovo", "GG": "CQ;Sark;Alderney",
	})
}
