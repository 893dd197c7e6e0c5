package api

import "github.com/danielgtaylor/huma/v2"

// phoneNumber stands for a contact's number in the API reference.
type phoneNumber struct{}

// fieldGiven stands for another mapped field of a contact in a request.
type fieldGiven struct{}

// fieldChanged stands for a mapped field of a contact to be changed.
type fieldChanged struct{}

// fieldSent stands for the same in an answer.
type fieldSent struct{}

// Schema documents a time.
func (timestamp) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "date-time", Pattern: `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
		Description: "ISO 8601, UTC, three decimals.", Examples: []any{"2025-12-05T10:35:41.551Z"},
	}
}

// Schema documents a phone number.
func (phoneNumber) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
		Description: "8 to 15 digits with the country code, the first not 0; a plus in front and spaces, hyphens, dots and parentheses do not matter. A whole number is taken as its digits. It comes back as it was sent.",
		Examples:    []any{"+1 (415) 555-0123"},
	}
}

// Schema documents a mapped field of a contact to be added.
func (fieldGiven) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: "null"}},
		Description: "At most 1,024 bytes. Null counts as absent.",
	}
}

// Schema documents a mapped field of a contact to be changed.
func (fieldChanged) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: "null"}},
		Description: "At most 1,024 bytes. Null removes the field.",
	}
}

// Schema documents a mapped field of a contact.
func (fieldSent) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}},
		Description: "In the type in which it was sent; absent where it was not.",
	}
}
