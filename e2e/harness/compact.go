package harness

import (
	"encoding/json"
	"fmt"
	"maps"
)

// Spread returns what a model is given with its rows as objects again: in any
// object that has columns, a list of rows is a list of objects that also have
// what all rows share. Rows of an order are its lines, and rows with an id and a
// kind are orders.
func Spread(compact []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(compact, &v); err != nil {
		return nil, fmt.Errorf("in %s: %w", compact, err)
	}
	return json.Marshal(spread(v))
}

func spread(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, value := range object {
		object[name] = spread(value)
	}
	columns, ok := object["columns"].([]any)
	if !ok {
		return object
	}
	shared, _ := object["shared"].(map[string]any)
	delete(object, "columns")
	delete(object, "shared")
	for name, value := range object {
		rows, ok := value.([]any)
		if !ok || len(rows) == 0 {
			continue
		}
		if _, ok := rows[0].([]any); !ok {
			continue
		}
		var list []any
		for _, row := range rows {
			one := map[string]any{}
			maps.Copy(one, shared)
			for i, cell := range row.([]any) {
				one[columns[i].(string)] = cell
			}
			list = append(list, one)
		}
		delete(object, name)
		one := list[0].(map[string]any)
		switch _, isOrder := object["kind"]; {
		case isOrder:
			name = "lines"
		case one["id"] != nil && one["kind"] != nil:
			name = "orders"
		}
		object[name] = list
	}
	return object
}
