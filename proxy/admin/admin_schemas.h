#pragma once

#include <string_view>

namespace longshore {

// What the admin API answers, by the names that AdminApi::Endpoint::answer has:
// `components.schemas` of its OpenAPI description, as JSON. Real answers are held against it in
// test_admin_schemas.py.
std::string_view AdminSchemas();

}  // namespace longshore
