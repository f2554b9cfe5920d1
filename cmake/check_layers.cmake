# cmake -DSOURCE=DIR -P check_layers.cmake
# Fails if a file includes what its layer must not know: document <- plan <- system <- module.
cmake_minimum_required(VERSION 3.25)

# The includes of the files below `directory` that match none of the allowed names.
function(check_layer directory)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "ALLOWED;FORBIDDEN")
    list(JOIN layer_ALLOWED "|" allowed)
    list(JOIN layer_FORBIDDEN "|" forbidden)
    file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/${directory}/*.cpp" "${SOURCE}/${directory}/*.hpp")
    foreach(file IN LISTS files)
        file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#[ \t]*include")
        foreach(line IN LISTS lines)
            if(line MATCHES "\"(.*)\"" AND NOT CMAKE_MATCH_1 MATCHES "^(${allowed})")
                message(SEND_ERROR "${file}: ${line}: not a lower layer")
            elseif(line MATCHES "<(.*)>" AND CMAKE_MATCH_1 MATCHES "^(${forbidden})")
                message(SEND_ERROR "${file}: ${line}: not for this layer")
            endif()
        endforeach()
    endforeach()
endfunction()

set(system_headers "[a-z_/0-9]+\\.h$") # unistd.h, sys/stat.h, ...: the C library beyond the standard C++ headers
check_layer(lib/document ALLOWED error.hpp document/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/plan ALLOWED error.hpp document/ plan/ FORBIDDEN boost/ git2 ${system_headers})
check_layer(lib/system ALLOWED error.hpp document/ plan/ system/ FORBIDDEN boost/)
check_layer(module ALLOWED "" FORBIDDEN git2)
