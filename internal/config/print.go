package config

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Print writes every effective value and where it came from, one to a line:
// a default, a line of the file, an environment variable, a file of its own.
// Secrets are shown as "***", or "" when they are not set.
func (c *Config) Print(w io.Writer) error {
	rows := make([]string, 0, len(c.settings))
	width := 0
	for _, s := range c.settings {
		row := s.Key + " = " + literal(s.Value)
		rows = append(rows, row)
		if n := utf8.RuneCountInString(row); n <= 60 {
			width = max(width, n)
		}
	}
	var b strings.Builder
	for i, s := range c.settings {
		b.WriteString(padded(rows[i], width) + "  # " + s.Source + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// MarshalJSON writes what [Config.Print] shows:
// {"file": …, "settings": [{"key", "value", "source"}], "warnings": […]}.
func (c *Config) MarshalJSON() ([]byte, error) {
	type setting struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Source string `json:"source"`
	}
	out := struct {
		File     string    `json:"file"`
		Settings []setting `json:"settings"`
		Warnings []string  `json:"warnings"`
	}{File: c.Path, Settings: []setting{}, Warnings: append([]string{}, c.Warnings...)}
	for _, s := range c.settings {
		out.Settings = append(out.Settings, setting{s.Key, s.Value, s.Source})
	}
	return json.Marshal(out)
}

// literal writes a value as TOML does.
func literal(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		parts := make([]string, 0, len(v))
		for _, entry := range v {
			parts = append(parts, literal(entry))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return ""
}

// padded fills s with spaces to a width.
func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
