package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/config"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	without, _, _ := strings.Cut(full, "[[people]]")
	tests := []struct {
		name     string
		old, new string // what is replaced in the full configuration
		want     []string
	}{
		{name: "nothing"},
		{name: "a limit", old: `max_monthly_fee = "12.5"`, new: `max_monthly_fee = "13"`, want: []string{"limits.max_monthly_fee"}},
		{name: "a key that was a default", old: "[limits]", new: "[limits]\nmax_day_total = \"\"", want: []string{"limits.max_day_total"}},
		{name: "a secret", old: secretStore, new: "other", want: []string{"store.url"}},
		{name: "a list", old: `["ae", "JO"]`, new: `["ae"]`, want: []string{"limits.countries"}},
		{name: "one person's key", old: `os = "alice"`, new: `os = "bob"`, want: []string{"people"}},
		{name: "one more person", old: "[store]", new: "[[people]]\nname = \"Bob\"\nos = \"bob\"\n[store]", want: []string{"people"}},
		{name: "only the layout", old: "[limits]", new: "\n\n[limits]"},
		{
			name: "sections that are gone", old: full, new: without,
			want: []string{
				"people", "store.url", "http.listen", "http.allowed_origins", "http.clients",
				"http.oauth.issuer", "http.oauth.audience", "discord.token", "discord.guild_ids", "discord.rest_url", "webhooks",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, err := load(t, full)
			if err != nil {
				t.Fatal(err)
			}
			after, err := load(t, strings.Replace(full, tt.old, tt.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, before.Differences(after)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDifferencesOfSecretFiles: a secret that was changed in its own file is
// a difference.
func TestDifferencesOfSecretFiles(t *testing.T) {
	t.Parallel()
	at := func(key string) *config.Config {
		return mustLoad(t, machine{files: map[string]string{
			"config.toml": "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"acme\"\napi_key_file = \"key\"\n",
			"key":         key,
		}}, "config.toml")
	}
	if diff := cmp.Diff([]string{"exchange.api_key"}, at("one").Differences(at("two"))); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := at("one").Differences(at("one")); got != nil {
		t.Errorf("got %v, want none", got)
	}
}
