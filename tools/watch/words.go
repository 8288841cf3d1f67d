package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/view"
	"didops/tools/did"
)

func callerOf(ctx context.Context) identity.Caller { return request.Caller(ctx) }

func begins(s, partial string) bool {
	return len(s) >= len(partial) && strings.EqualFold(s[:len(partial)], partial)
}

// Words says what a filter asks for, each parameter that was given by its name:
// "country AE, type mobile, sms yes". What people wrote is a quotation.
func Words(f did.Filter) string {
	v := reflect.ValueOf(f)
	var list []string
	for _, field := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" || field.Anonymous {
			continue
		}
		if value := said(v.FieldByIndex(field.Index)); value != "" {
			list = append(list, strings.ReplaceAll(name, "_", " ")+" "+value)
		}
	}
	if len(list) == 0 {
		return "everything"
	}
	return strings.Join(list, ", ")
}

// said is the value of a parameter in words; "" where it was not given.
func said(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch value := v.Interface().(type) {
	case *bool:
		if *value {
			return "yes"
		}
		return "no"
	case money.Amount:
		return value.String()
	case string:
		if plain(value) {
			return value
		}
		return view.Quoted(value)
	default:
		return fmt.Sprint(value)
	}
}

// plain reports whether a text is a word or digits, and can't be taken for
// anything else that is said.
func plain(s string) bool {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
	return !strings.ContainsFunc(s, func(r rune) bool { return !letter(r) && !strings.ContainsRune("_+?*", r) })
}

// written is a filter as it is kept.
func written(f did.Filter) (json.RawMessage, error) { return json.Marshal(f) }
