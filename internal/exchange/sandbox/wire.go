package sandbox

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendMarketRow writes a market row as JSON, in the field order of the
// buyers' API document: integers where the row is Nexmo's, strings where it
// is another seller's.
func appendMarketRow(b []byte, r *row) []byte {
	if r.nexmo {
		return appendNexmoRow(b, r)
	}
	b = append(b, `{"i_did":"`...)
	b = strconv.AppendInt(b, int64(r.id), 10)
	b = append(b, `","number":"`...)
	b = append(b, r.digits...)
	b = append(b, `","price_1":`...)
	b = appendFee(b, r.price1)
	b = append(b, `,"price_n":`...)
	b = appendFeeUnless(b, r.gap == nullPriceN, r.priceN)
	b = appendCount(b, "interval_1", r.interval1)
	b = appendCount(b, "interval_n", r.intervalN)
	b = append(b, `,"monthly_fee":`...)
	b = appendFee(b, r.monthly)
	b = append(b, `,"setup_fee":`...)
	b = appendFee(b, r.setup)
	if r.vendor != nil {
		b = appendCount(b, "i_vendor", r.vendor.id)
	}
	b = appendFlags(b, r, '"')
	if r.gap != noCapacity {
		b = appendCount(b, "capacity", r.capacity)
	}
	b = append(b, `,"did_type":"`...)
	b = append(b, r.segment.kind.didType()...)
	b = append(b, `","verification_required":"`...)
	if r.gap != emptyPapers || r.papers {
		b = append(b, bit(r.papers))
	}
	b = append(b, `","smpp_price":`...)
	b = appendFeeUnless(b, r.gap == nullMessage && !r.sms, r.message)
	b = append(b, `,"is_nexmo":"0"`...)
	if r.vendor != nil {
		b = append(b, `,"vendor_name":`...)
		b = appendString(b, r.vendor.name)
	}
	return appendPlace(b, r)
}

// appendNexmoRow writes a row that the exchange passes on from Nexmo: no
// i_did, and Nexmo's own fields country, msisdn, cost, type and features.
func appendNexmoRow(b []byte, r *row) []byte {
	b = append(b, `{"country":"`...)
	b = append(b, r.segment.country.iso...)
	b = append(b, `","msisdn":"`...)
	b = append(b, r.digits...)
	b = append(b, `","cost":"`...)
	b = appendCents(b, r.cost)
	b = append(b, `","type":"`...)
	b = append(b, [kinds]string{"landline", "mobile-lvn", "landline-toll-free", ""}[r.segment.kind]...)
	b = append(b, `","features":[`...)
	for i, f := range [...]struct {
		has  bool
		name string
	}{{r.voice, `"VOICE"`}, {r.sms, `"SMS"`}} {
		if f.has {
			if i > 0 && b[len(b)-1] != '[' {
				b = append(b, ',')
			}
			b = append(b, f.name...)
		}
	}
	b = append(b, `],"monthly_fee":`...)
	b = appendFee(b, r.monthly)
	b = append(b, `,"number":"`...)
	b = append(b, r.digits...)
	b = append(b, `","smpp_price":`...)
	b = appendFee(b, r.message)
	b = append(b, `,"price_1":`...)
	b = appendFee(b, r.price1)
	b = append(b, `,"setup_fee":"0.0000","capacity":`...)
	b = strconv.AppendInt(b, int64(r.capacity), 10)
	b = appendFlags(b, r, 0)
	b = append(b, `,"verification_required":0,"interval_1":`...)
	b = strconv.AppendInt(b, int64(r.interval1), 10)
	b = append(b, `,"interval_n":`...)
	b = strconv.AppendInt(b, int64(r.intervalN), 10)
	b = append(b, `,"did_type":"`...)
	b = append(b, r.segment.kind.didType()...)
	b = append(b, `","vendor_name":"Nexmo","is_nexmo":1`...)
	b = appendPlace(b, r)
	b = append(b[:len(b)-1], `,"price_n":`...)
	return append(appendFee(b, r.priceN), '}')
}

func appendPlace(b []byte, r *row) []byte {
	b = append(b, `,"country_code":"`...)
	b = append(b, r.segment.country.lower...)
	b = append(b, `","country_name":`...)
	b = appendString(b, r.countryName)
	b = append(b, `,"description":`...)
	b = appendString(b, r.description)
	return append(b, '}')
}

// appendFlags writes the four features, in quotes when quote is not 0.
func appendFlags(b []byte, r *row, quote byte) []byte {
	for _, f := range [...]struct {
		name string
		has  bool
	}{{`,"voice":`, r.voice}, {`,"sms":`, r.sms}, {`,"fax":`, r.fax}, {`,"video":`, r.video}} {
		b = append(b, f.name...)
		if quote != 0 {
			b = append(b, quote, bit(f.has), quote)
		} else {
			b = append(b, bit(f.has))
		}
	}
	return b
}

func appendCount(b []byte, name string, n int) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, `":"`...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '"')
}

func bit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

// appendFee writes f as a quoted decimal with four places.
func appendFee(b []byte, f fee) []byte {
	b = append(b, '"')
	b = strconv.AppendInt(b, int64(f/10_000), 10)
	rest := int(f % 10_000)
	b = append(b, '.', digit(rest/1000), digit(rest/100), digit(rest/10), digit(rest))
	return append(b, '"')
}

func appendFeeUnless(b []byte, null bool, f fee) []byte {
	if null {
		return append(b, "null"...)
	}
	return appendFee(b, f)
}

// appendCents writes f with two places and no quotes.
func appendCents(b []byte, f fee) []byte {
	b = strconv.AppendInt(b, int64(f/10_000), 10)
	rest := int(f % 10_000)
	return append(b, '.', digit(rest/1000), digit(rest/100))
}

func digit(n int) byte { return "0123456789"[n%10] }

// appendString writes s as PHP's json_encode does: slashes escaped, all but
// ASCII as \u sequences.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = appendRune(b, r)
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\' || c == '/':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ' || c == 0x7F:
			b = appendUnit(b, rune(c))
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func appendRune(b []byte, r rune) []byte {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		return appendUnit(appendUnit(b, hi), lo)
	}
	return appendUnit(b, r)
}

func appendUnit(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
