package mandate

import (
	"didops/internal/money"
	"didops/tools/did"
)

// Filter is what a mandate may be held to: the filters of a search, but for
// descriptions, which no quote binds.
type Filter struct {
	Country       string       `json:"country,omitempty" several:"true" jsonschema_description:"Names or codes: AE, +971, EU"`
	City          string       `json:"city,omitempty" jsonschema_description:"By area code: London"`
	Prefix        string       `json:"prefix,omitempty" jsonschema_description:"Leading digits"`
	Type          string       `json:"type,omitempty" jsonschema:"enum=any,enum=national,enum=mobile,enum=tollfree,enum=unknown" jsonschema_description:"Kind of number"`
	Voice         *bool        `json:"voice,omitempty" jsonschema_description:"true: must have; false: must not"`
	SMS           *bool        `json:"sms,omitempty" jsonschema_description:"As voice"`
	Fax           *bool        `json:"fax,omitempty" jsonschema_description:"As voice"`
	Video         *bool        `json:"video,omitempty" jsonschema_description:"As voice"`
	Vendor        string       `json:"vendor,omitempty" jsonschema_description:"Seller's whole name"`
	Pattern       string       `json:"pattern,omitempty" jsonschema_description:"Whole number: digits, ? one digit, * any run"`
	MaxMonthlyFee money.Amount `json:"max_monthly_fee" jsonschema_description:"At most this per month, each"`
	MaxSetupFee   money.Amount `json:"max_setup_fee" jsonschema_description:"At most this once, each"`
	Documents     string       `json:"documents,omitempty" jsonschema:"enum=any,enum=not_required,enum=required" jsonschema_description:"Needed before use"`
}

// folded are the filters that models are told of as those of a search.
func folded() []string {
	return []string{"country", "city", "prefix", "type", "voice", "sms", "fax", "video", "vendor", "pattern", "documents"}
}

// market is the same for the operations on the market.
func (f Filter) market() did.Filter {
	return did.Filter{
		Country: f.Country, City: f.City, Prefix: f.Prefix, Type: f.Type, Voice: f.Voice, SMS: f.SMS, Fax: f.Fax, Video: f.Video,
		Vendor: f.Vendor, Pattern: f.Pattern, MaxMonthlyFee: f.MaxMonthlyFee, MaxSetupFee: f.MaxSetupFee, Documents: f.Documents,
	}
}
