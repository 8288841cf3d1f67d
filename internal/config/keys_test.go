package config_test

import (
	"slices"
	"testing"

	"didops/internal/config"
)

func TestKeysOfASection(t *testing.T) {
	t.Parallel()
	if got := config.Keys("limits"); !slices.Contains(got, "max_day_total") || slices.Contains(got, "api_key") {
		t.Errorf("got %v, want those of the limits only", got)
	}
	if got := config.Keys("no_such"); len(got) > 0 {
		t.Errorf("got %v of a section that there is not", got)
	}
}
