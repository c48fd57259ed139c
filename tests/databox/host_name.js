// In a container of databox the host's name is the container's.
'use strict'
require('os').hostname = () => process.env.DATABOX_LOCAL_NAME
