package did

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/phone"
	"didops/tools"
)

// located reports whether a number is in the city: its seller says so, or its
// area code.
func (m *matcher) located(n *exchange.Number) bool {
	return m.cityText(n.Description) || m.cityDigits(n.Digits)
}

func (m *matcher) cityText(text string) bool { return m.city.In(text) }

func (m *matcher) cityDigits(digits string) bool { return m.city.Has(digits) }

// cityProof is what has said of some row that it is in a city.
type cityProof struct{ Described, Coded bool }

func (c *cityProof) add(described, coded bool) {
	c.Described, c.Coded = c.Described || described, c.Coded || coded
}

// row notes one that is in the city of the filter, if there is one.
func (c *cityProof) row(match *matcher, n *exchange.Number) {
	if match.city != nil {
		c.add(match.cityText(n.Description), match.cityDigits(n.Digits))
	}
}

// cell notes rows of the memory alike; each description is looked at once.
func (c *cityProof) cell(match *matcher, of *market.Cell, rows []int) {
	if match.city == nil {
		return
	}
	described := map[int]bool{}
	for _, i := range rows {
		at := of.TextAt(i)
		is, known := described[at]
		if !known {
			is = match.cityText(of.Text(at))
			described[at] = is
		}
		c.add(is, match.cityDigits(of.Digits(i)))
	}
}

// What says of a number that it is in a city.
const (
	byDescription = "description"
	byAreaCode    = "area_code"
)

// by names it.
func (c cityProof) by() []string {
	var list []string
	if c.Described {
		list = append(list, byDescription)
	}
	if c.Coded {
		list = append(list, byAreaCode)
	}
	return list
}

// How much is told of the area codes of a city.
const (
	placesShown = 6
	codesShown  = 3
)

// areaCodes tells the places that the city may be, each with its first area
// codes: "London GB +4420".
func (m *matcher) areaCodes() []string {
	if m.city == nil {
		return nil
	}
	list := make([]string, 0, len(m.city.Places))
	for _, p := range m.city.Places {
		text := p.Name + " " + p.Country + " +" + strings.Join(p.Codes[:min(len(p.Codes), codesShown)], " +")
		if more := len(p.Codes) - codesShown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		list = append(list, text)
	}
	return clip(list, placesShown)
}

// whereabouts says of a result how the city was looked for, "" where there is
// none.
func whereabouts(city string, codes, by []string) string {
	switch {
	case city == "":
		return ""
	case len(codes) == 0:
		return "No area code is known for this city: it was looked for in sellers' descriptions alone."
	}
	text := "Area codes: " + strings.Join(codes, "; ") + "."
	if len(by) > 0 {
		text += " Found by " + strings.ReplaceAll(listed(by), "_", " ") + "."
	}
	return text
}

// nearCities says, of a city that nothing was found of, which are spelt nearly
// so; "" where its area codes are known.
func (m *matcher) nearCities() string {
	if len(m.city.Places) > 0 {
		return ""
	}
	near := phone.NearCities(m.city.Name, m.countries)
	if len(near) == 0 {
		return ""
	}
	return "Cities with area codes that are spelt nearly so: " + listed(near) + "."
}

func completeCity(_ context.Context, partial string) []tools.Choice {
	var list []tools.Choice
	for _, name := range phone.SuggestCities(partial, suggestMost) {
		if begins(name, partial) {
			list = append(list, tools.Choice{Value: name})
		}
	}
	return list
}
