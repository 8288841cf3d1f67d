package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is the type of a number; the values index tables.
type kind int

const (
	national kind = iota
	mobile
	tollFree
	unknown
	kinds
)

// kindOf returns the kind that a letter of the plans stands for.
func kindOf(letter string) (kind, bool) {
	k := strings.Index("nmtu", letter)
	return kind(k), k >= 0 && len(letter) == 1
}

// didType returns the exchange's word for k.
func (k kind) didType() string {
	return [kinds]string{"national", "mobile", "tollfree", "unknown"}[k]
}

// country is a country of the market. Its rows lie next to each other.
type country struct {
	iso    string       // ISO 3166-1 alpha-2
	dial   string       // dialling code
	weight int          // share of the market
	cents  [kinds]int   // usual monthly fee by kind, in US cents, before the exchange's share
	papers [kinds]bool  // documents are required
	names  []string     // spellings of the name; [0] in capitals, [1] as Nexmo has it
	lower  string       // iso in lower case
	blocks []*planBlock // number blocks, in order
}

// planBlock is a kind of numbers of one operator or city.
type planBlock struct {
	kind        kind
	weight      int
	patterns    []pattern
	description string
}

// parsePlans reads the number plans. A line "c" starts a country:
//
//	c ISO CODE WEIGHT N M T U PAPERS | NAME; NAME …
//
// with the monthly fees of national, mobile, toll-free and unknown numbers in
// cents and the letters of the kinds that need documents ("-" for none). The
// lines after it are its blocks:
//
//	KIND WEIGHT PATTERN … | OPERATOR OR CITY
//
// with kind n, m, t or u and national patterns as newPattern reads them.
func parsePlans(texts ...string) ([]*country, error) {
	var all []*country
	for _, text := range texts {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			head, tail, _ := strings.Cut(line, "|")
			words, tail := strings.Fields(head), strings.TrimSpace(tail)
			if words[0] == "c" {
				c, err := parseCountry(words, tail)
				if err != nil {
					return nil, fmt.Errorf("plan line %q: %w", line, err)
				}
				all = append(all, c)
				continue
			}
			if len(all) == 0 {
				return nil, fmt.Errorf("plan line %q: stands before any country", line)
			}
			if err := all[len(all)-1].addBlock(words, tail); err != nil {
				return nil, fmt.Errorf("plan line %q: %w", line, err)
			}
		}
	}
	return all, nil
}

func parseCountry(words []string, names string) (*country, error) {
	if len(words) != 9 {
		return nil, fmt.Errorf("%d words, want 9", len(words))
	}
	c := &country{iso: words[1], dial: words[2], lower: strings.ToLower(words[1])}
	var err error
	if c.weight, err = strconv.Atoi(words[3]); err != nil {
		return nil, fmt.Errorf("weight: %w", err)
	}
	for k := range c.cents {
		if c.cents[k], err = strconv.Atoi(words[4+k]); err != nil {
			return nil, fmt.Errorf("fee: %w", err)
		}
		c.papers[k] = strings.Contains(words[8], "nmtu"[k:k+1])
	}
	for name := range strings.SplitSeq(names, ";") {
		c.names = append(c.names, strings.TrimSpace(name))
	}
	if len(c.names) < 2 {
		return nil, fmt.Errorf("%d names, want 2 or more", len(c.names))
	}
	return c, nil
}

func (c *country) addBlock(words []string, owner string) error {
	if len(words) < 3 {
		return fmt.Errorf("%d words, want 3 or more", len(words))
	}
	k, ok := kindOf(words[0])
	if !ok {
		return fmt.Errorf("kind %q, want n, m, t or u", words[0])
	}
	weight, err := strconv.Atoi(words[1])
	if err != nil {
		return fmt.Errorf("weight: %w", err)
	}
	b := &planBlock{kind: k, weight: weight, description: describe(k, owner)}
	for _, w := range words[2:] {
		p, err := newPattern(c.dial, w)
		if err != nil {
			return err
		}
		b.patterns = append(b.patterns, p)
	}
	c.blocks = append(c.blocks, b)
	return nil
}

func describe(k kind, owner string) string {
	word := [kinds]string{"Landline", "Mobile", "Toll Free", "Other"}[k]
	if owner == "" {
		return word
	}
	return word + " - " + owner
}
